"""What a session was refused, exceeded or missed, in the formats that continuous integration reads.

A run report goes in; SARIF, JUnit or Markdown come out. What a report says was named by an agent (hosts, paths, tools)
or by its broker, and ends up on other people's pages: nothing of it may act there.
"""
