"""What can be proven from synthesised layers alone: who may do what, who reaches whom, and what lives where."""
