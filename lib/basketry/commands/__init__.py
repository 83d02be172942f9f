"""What the `basketry` command does, one module a group of subcommands; cli.py registers them."""
