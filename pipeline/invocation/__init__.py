"""One run of `sitechat` as its caller sees it: words read, signals, standard output."""
