"""Tool calls and the people who are asked about them: verdicts carried out, and where an exchange waits."""
