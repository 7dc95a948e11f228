/* Tries to get into other namespaces, and to change what is mounted. */
#include "attempt.h"
#include <linux/mount.h>
#include <linux/sched.h>

#define NEWTIME 0x00000080

/* What follows is mounted away from everybody else: where this is refused, so must be what follows. */
static void apart(void)
{
    if (unshare(CLONE_NEWNS) == 0)
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    mkdir("new", 0755);
}

static int user(void) { return made(unshare(CLONE_NEWUSER)); }
static int mounts(void) { return made(unshare(CLONE_NEWNS)); }
static int pids(void) { return made(unshare(CLONE_NEWPID)); }
static int net(void) { return made(unshare(CLONE_NEWNET)); }
static int ipc(void) { return made(unshare(CLONE_NEWIPC)); }
static int uts(void) { return made(unshare(CLONE_NEWUTS)); }
static int cgroup(void) { return made(unshare(CLONE_NEWCGROUP)); }
static int clocks(void) { return made(unshare(NEWTIME)); }

static int cloned(unsigned long flags)
{
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return made(pid);
}
static int clone_user(void) { return cloned(CLONE_NEWUSER); }
static int clone_net_high(void) { return cloned(CLONE_NEWNET | 1UL << 32); }

static int clone3_user(void)
{
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0)
        _exit(0);
    return made(pid);
}

static int join(const char *path, int kind)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    return made(setns(fd, kind));
}
static int join_own(void) { return join("/proc/self/ns/uts", CLONE_NEWUTS); }
static int join_first(void) { return join("/proc/1/ns/uts", CLONE_NEWUTS); }

static int mount_tmpfs(void)
{
    apart();
    return made(mount("none", "new", "tmpfs", 0, NULL));
}
static int mount_bind(void)
{
    apart();
    return made(mount("/", "new", NULL, MS_BIND | MS_REC, NULL));
}
static int mount_proc(void)
{
    apart();
    return made(mount("proc", "new", "proc", 0, NULL));
}
static int mount_cgroup(void)
{
    apart();
    return made(mount("cgroup2", "new", "cgroup2", 0, NULL));
}
static int remount(void)
{
    apart();
    return made(mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND, NULL));
}
static int unmount(void)
{
    apart();
    return made(umount2("/proc", MNT_DETACH));
}
static int pivot(void)
{
    apart();
    if (mount("none", "new", "tmpfs", 0, NULL) == 0 && chdir("new") != 0)
        return errno;
    return made(syscall(SYS_pivot_root, ".", "."));
}
static int change_root(void) { return made(chroot(".")); }

static int new_tmpfs(void) { return made(syscall(SYS_fsopen, "tmpfs", 0)); }
static int copied_tree(void)
{
    apart();
    int tree = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);
    if (tree < 0)
        return errno;
    return made(syscall(SYS_move_mount, tree, "", AT_FDCWD, "new", MOVE_MOUNT_F_EMPTY_PATH));
}
static int moved(void)
{
    apart();
    int first = mount("none", "new", "tmpfs", 0, NULL);
    mkdir("newer", 0755);
    return made(syscall(SYS_move_mount, AT_FDCWD, first == 0 ? "new" : "/tmp", AT_FDCWD, "newer", 0));
}
static int attributes(void)
{
    struct mount_attr wanted = {.attr_clr = MOUNT_ATTR_RDONLY};
    apart();
    return made(syscall(SYS_mount_setattr, AT_FDCWD, "/proc", 0, &wanted, sizeof wanted));
}
static int picked(void)
{
    apart();
    return made(syscall(SYS_fspick, AT_FDCWD, "/proc", 0));
}

static const struct attempt attempts[] = {
    {"a user namespace of its own", user},
    {"a mount namespace of its own", mounts},
    {"a process namespace of its own", pids},
    {"a network namespace of its own", net},
    {"an IPC namespace of its own", ipc},
    {"a host name of its own", uts},
    {"a cgroup namespace of its own", cgroup},
    {"clocks of its own", clocks},
    {"a child in a user namespace", clone_user},
    {"a child in a network namespace, the flag beside high bits", clone_net_high},
    {"a child in a user namespace by clone3, whose flags lie in memory", clone3_user},
    {"joining a namespace by its file", join_own},
    {"joining process 1's namespace", join_first},
    {"mounting a tmpfs", mount_tmpfs},
    {"mounting / elsewhere", mount_bind},
    {"mounting another /proc", mount_proc},
    {"mounting the cgroups", mount_cgroup},
    {"making /proc writable by mounting it again", remount},
    {"unmounting /proc with what hides parts of it", unmount},
    {"another root by pivot_root", pivot},
    {"another root by chroot", change_root},
    {"a new file system (fsopen)", new_tmpfs},
    {"a copy of the tree (open_tree), mounted", copied_tree},
    {"moving a mount", moved},
    {"making a mount writable (mount_setattr)", attributes},
    {"reconfiguring a file system (fspick)", picked},
};

int main(void) { return try_all(attempts, sizeof attempts / sizeof *attempts); }
