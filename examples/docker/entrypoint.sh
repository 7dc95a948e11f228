#!/bin/sh
# With cgroup v2, a cgroup that gives limits to others holds no process itself (the kernel's documentation, "No Internal
# Process Constraint"). A container's processes begin in its topmost one, so they move into one below, where that is
# allowed (docker run --security-opt writable-cgroups=true); sessions get theirs beside it.
set -eu
top=/sys/fs/cgroup
if [ "$(id -u)" = 0 ] && [ -w "$top/cgroup.subtree_control" ]; then
  mkdir -p "$top/main"
  while read -r process; do
    echo "$process" > "$top/main/cgroup.procs" || true # it has ended meanwhile
  done < "$top/cgroup.procs"
fi
exec akios "$@"
