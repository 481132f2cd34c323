"""CodeDeploy: what shifts visitors from old tasks to new ones, tries these before, and takes them back."""
