"""A git repository over the smart HTTP protocol, by git's own CGI program (git-http-backend(1), RFC 3875)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from akios_jail.demo.local_server import Request, Response


class GitRepository:
    """A bare repository `NAME.git` with one commit; `site` serves it, for a `LocalServer`."""

    def __init__(self, folder: Path, files: dict[str, bytes], name: str = "example.git") -> None:
        self.root = folder / "repositories"
        self.path = self.root / name
        self.path.mkdir(parents=True)
        tree = folder / "tree"
        tree.mkdir()
        for file, content in files.items():
            (tree / file).write_bytes(content)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        self._git("--git-dir", str(self.path), "--work-tree", str(tree), "add", ".")
        self._git("--git-dir", str(self.path), "--work-tree", str(tree), "commit", "--quiet", "--message", "first")

    def site(self, request: Request) -> Response:
        """Answer one request by running the CGI program."""
        path, _, query = request.target.partition("?")
        environment = {
            **self._environment(),
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.header("content-type"),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.header("content-encoding"),
            "HTTP_GIT_PROTOCOL": request.header("git-protocol"),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=request.body, env=environment, capture_output=True, check=True, timeout=30
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")]
        status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
        return Response(status, tuple((k, v) for k, v in headers if k != "Status"), body)

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], env=self._environment(), check=True, timeout=30)

    @staticmethod
    def _environment() -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            # The folders of a test belong to another uid than the one that git may run as.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@example.com",
            "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@example.com",
        }
