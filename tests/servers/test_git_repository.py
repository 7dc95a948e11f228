"""The repository for the clients' tests can be cloned by an ordinary git, without any jail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from akios_jail.demo.local_server import LocalServer
from tests.servers.git_repository import GitRepository


def test_git_clones_it_over_https(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path, {"README": b"hello\n"})
    with LocalServer({"git.example.com": repository.site}) as server:
        ca = tmp_path / "ca.pem"
        ca.write_bytes(server.authority.pem)
        where = f"git.example.com:{server.port}"
        resolve = f"http.curloptResolve={where}:{server.bind}"
        subprocess.run(
            ["git", "-c", resolve, "clone", "--quiet", f"https://{where}/example.git", str(tmp_path / "clone")],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_SSL_CAINFO": str(ca)},
            check=True,
            timeout=60,
        )
        assert [request.method for request in server.requests()] == ["GET", "POST", "POST"]
    assert (tmp_path / "clone" / "README").read_bytes() == b"hello\n"
