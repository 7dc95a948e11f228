"""`python -m akios_jail` is `akios`."""

from akios_jail.cli.main import main

main()
