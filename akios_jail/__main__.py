"""`python -m akios_jail` is `akios`."""

from akios_jail.cli.entry import main

main()
