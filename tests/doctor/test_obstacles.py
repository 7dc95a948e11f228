"""Which obstacle is named for what failed: decided from facts alone, so that those of other machines are tried, too."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

from akios_jail.doctor import obstacles
from akios_jail.doctor.facts import NET_ADMIN, SYS_ADMIN, Facts, gather

ROOT = Facts(0, effective=(1 << 41) - 1)
USER = Facts(1000)
CONTAINER_ROOT = Facts(0, effective=1 << 1)
BOTH = 1 << SYS_ADMIN | 1 << NET_ADMIN


def settings(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("__", "."), value) for name, value in values.items())


NO_USERS = settings(user__max_user_namespaces="0")
DEBIAN = settings(kernel__unprivileged_userns_clone="0")
UBUNTU = settings(kernel__apparmor_restrict_unprivileged_userns="1")


@pytest.mark.parametrize(
    ("kind", "code", "facts", "said"),
    [
        ("user", errno.ENOSPC, USER._replace(settings=NO_USERS), "sysctl -w user.max_user_namespaces=15000"),
        ("net", errno.ENOSPC, USER._replace(settings=NO_USERS), "sysctl -w user.max_user_namespaces=15000"),
        ("net", errno.ENOSPC, ROOT._replace(settings=settings(user__max_net_namespaces="0")), "net_namespaces is 0"),
        ("mount", errno.ENOSPC, ROOT._replace(settings=settings(user__max_mnt_namespaces="9")), "mnt_namespaces (9)"),
        ("user", errno.EUSERS, USER, "nested too deeply"),
        ("user", errno.EINVAL, USER, "CONFIG_USER_NS"),
        ("time", errno.EINVAL, ROOT, "CONFIG_TIME_NS"),
        ("user", errno.EPERM, USER._replace(settings=DEBIAN), "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user", errno.EACCES, USER._replace(settings=UBUNTU), "apparmor_restrict_unprivileged_userns=0"),
        ("user", errno.EPERM, USER._replace(settings=UBUNTU), "examples/apparmor/akios"),
        ("user", errno.EPERM, USER._replace(filtered=True), "--security-opt seccomp=FILE"),
        ("user", errno.EPERM, USER._replace(confined="docker-default"), "apparmor=unconfined"),
        ("user", errno.EPERM, USER._replace(lsm=("capability", "selinux")), "label=disable"),
        ("uts", errno.EPERM, CONTAINER_ROOT, "--cap-add SYS_ADMIN"),
        ("uts", errno.EPERM, CONTAINER_ROOT, "docker run --user 1000"),
        ("uts", errno.EPERM, CONTAINER_ROOT._replace(filtered=True), "--cap-add SYS_ADMIN"),
        ("uts", errno.EPERM, ROOT._replace(filtered=True), "--security-opt seccomp=FILE"),
    ],
)  # fmt: skip
def test_a_namespace_that_cannot_be_made(kind: str, code: int, facts: Facts, said: str) -> None:
    assert said in obstacles.namespace(kind, code, facts)


def test_root_is_not_told_of_settings_for_accounts() -> None:
    facts = ROOT._replace(settings=DEBIAN + UBUNTU, filtered=True)
    assert "unprivileged" not in obstacles.namespace("user", errno.EPERM, facts)


@pytest.mark.parametrize(
    ("explain", "code", "facts", "said"),
    [
        (obstacles.mounts, errno.EPERM, ROOT._replace(filtered=True), "refuses pivot_root even with CAP_SYS_ADMIN"),
        (obstacles.mounts, errno.EACCES, ROOT._replace(confined="docker-default"), "profile docker-default refuses"),
        (obstacles.proc, errno.EPERM, USER._replace(masked=("/proc/acpi", "/proc/keys")), "systempaths=unconfined"),
        (obstacles.proc, errno.EPERM, USER._replace(masked=("/proc/acpi",)), "(/proc/acpi)"),
        (obstacles.proc, errno.EACCES, USER._replace(settings=UBUNTU), "examples/apparmor/akios"),
        (obstacles.network, errno.EPERM, ROOT._replace(effective=1 << SYS_ADMIN), "--cap-add NET_ADMIN"),
        (obstacles.network, 0, ROOT._replace(config=(("CONFIG_NFT_NAT", "n"),)), "without CONFIG_NFT_NAT"),
        (obstacles.network, 0, ROOT._replace(settings=settings(kernel__modules_disabled="1")), "modules_disabled is 1"),
        (obstacles.landlock, errno.EOPNOTSUPP, ROOT._replace(lsm=("capability", "yama")), "lsm=capability,yama"),
        (obstacles.landlock, errno.EOPNOTSUPP, ROOT, "boot with landlock in the list lsm="),
        (obstacles.landlock, errno.ENOSYS, ROOT, "CONFIG_SECURITY_LANDLOCK"),
        (obstacles.landlock, errno.ENOSYS, ROOT._replace(filtered=True), "hides it"),
    ],
)
def test_what_is_built_on_namespaces(explain: Callable[[int, Facts], str], code: int, facts: Facts, said: str) -> None:
    assert said in explain(code, facts)


@pytest.mark.parametrize(
    ("told", "facts", "said"),
    [
        ("could not make the cgroup: Read-only file system", ROOT, "writable-cgroups=true"),
        ("", USER._replace(read_only_cgroups=True), "writable-cgroups=true"),
        ("no delegation", USER, "Delegate=cpu io memory pids"),
    ],
)
def test_limits_that_cannot_be_had(told: str, facts: Facts, said: str) -> None:
    assert said in obstacles.cgroups(told, facts)


@pytest.mark.parametrize("explain", [obstacles.mounts, obstacles.proc, obstacles.network, obstacles.landlock])
def test_what_nobody_knows_is_not_guessed(explain: Callable[[int, Facts], str]) -> None:
    assert explain(errno.EIO, ROOT) == ""
    assert obstacles.namespace("user", errno.EIO, USER) == ""


def test_facts_are_those_of_this_process() -> None:
    facts = gather()
    assert facts.euid == os.geteuid()
    assert facts.may(SYS_ADMIN) is (os.geteuid() == 0)
    assert facts.setting("user.max_user_namespaces").isdecimal()
    assert facts.setting("kernel.there_is_none") == ""
    assert facts.built_without(("CONFIG_THERE_IS_NONE",)) == ()
