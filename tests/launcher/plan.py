"""A plan of the jail for tests, with what a test is about replaced."""

from __future__ import annotations

from typing import Any

from akios_jail.policy.plans import JailPlan

_PLAN = JailPlan(
    workspace=".",
    workspace_access="ro",
    mounts=(),
    memory_bytes=1 << 28,
    cpus=1.0,
    pids=64,
    io_bytes_s=None,
    open_files=1024,
    file_size_bytes=1 << 28,
    tmp_bytes=1 << 24,
    wall_time_s=None,
    limits_optional=False,
    env_pass=(),
    env_set=(),
    seccomp_profile="agent-default",
    seccomp_sha256="0" * 64,
    observed=True,
)


def jail_plan(**fields: Any) -> JailPlan:
    """A plan like a policy `{}` gives, with these fields."""
    return _PLAN._replace(**fields)
