/* Tries system calls that reach other processes, the kernel's own programs and keys, the machine, or more privilege. */
#include "attempt.h"
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

#define NO_SUCH_ADDRESS ((void *)1)
#define MEMFD_SECRET 447

static char memory[] = "before";
static char other[sizeof memory];
static struct iovec here = {other, sizeof other}, there = {memory, sizeof memory};

/* A child that waits to be attacked, and dies with whoever attacks it. */
static pid_t victim(void)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        while (write(ready[1], &byte, 1) == 1)
            pause();
    }
    return read(ready[0], &byte, 1) == 1 ? pid : -1;
}

static int traced(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(made(ptrace(PTRACE_TRACEME, 0, 0, 0)));
    int status;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}
static int attach(void) { return made(ptrace(PTRACE_ATTACH, victim(), 0, 0)); }
static int seize(void) { return made(ptrace(PTRACE_SEIZE, victim(), 0, 0)); }
static int read_memory(void)
{
    ssize_t got = process_vm_readv(victim(), &here, 1, &there, 1, 0);
    return got < 0 ? errno : strcmp(other, memory);
}
static int write_memory(void) { return made(process_vm_writev(victim(), &here, 1, &there, 1, 0)); }
static int take_descriptor(void)
{
    int pidfd = syscall(SYS_pidfd_open, victim(), 0);
    return made(syscall(SYS_pidfd_getfd, pidfd, 1, 0));
}
static int compare(void) { return made(syscall(SYS_kcmp, getpid(), victim(), 0, 0, 0)); }
static int page_out(void)
{
    int pidfd = syscall(SYS_pidfd_open, victim(), 0);
    return made(syscall(SYS_process_madvise, pidfd, &there, 0, 20, 0)); /* MADV_COLD */
}

static int add_key(void) { return made(syscall(SYS_add_key, "user", "akios-attack", "x", 1, -2)); }
static int join_ring(void) { return made(syscall(SYS_keyctl, 1, NULL)); }
static int ask_key(void) { return made(syscall(SYS_request_key, "user", "akios-attack-none", NULL, 0)); }

static int ring(void)
{
    char parameters[256] = {0};
    return made(syscall(SYS_io_uring_setup, 8, parameters));
}
static int old_ring(void)
{
    unsigned long context = 0;
    return made(syscall(SYS_io_setup, 8, &context));
}

static int bpf_map(void)
{
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
    return made(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}
static int bpf_program(void)
{
    struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
    union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2};
    attributes.insns = (unsigned long)code;
    attributes.license = (unsigned long)"GPL";
    return made(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
}
static int faults(void) { return made(syscall(SYS_userfaultfd, O_CLOEXEC)); }
static int counters(void)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes};
    return made(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}
static int watch_all(void) { return made(syscall(SYS_fanotify_init, 0, O_RDONLY)); }
static int hidden_memory(void) { return made(syscall(MEMFD_SECRET, 0)); }
static int kernel_log(void)
{
    char text[256];
    return made(syscall(SYS_syslog, 3, text, sizeof text));
}

/* The way out of early containers: the handle of a file says nothing of mounts or roots. */
static int by_handle(void)
{
    struct file_handle *handle = calloc(1, sizeof *handle + 128);
    int mount_id = 0;
    handle->handle_bytes = 128;
    if (name_to_handle_at(AT_FDCWD, ".", handle, &mount_id, 0) != 0) {
        handle->handle_bytes = 8; /* one that was guessed: of most file systems' root */
        handle->handle_type = 1;
    }
    return made(open_by_handle_at(open(".", O_RDONLY), handle, O_RDONLY));
}
static int a_handle(void)
{
    struct file_handle *handle = calloc(1, sizeof *handle + 128);
    int mount_id = 0;
    handle->handle_bytes = 128;
    return made(name_to_handle_at(AT_FDCWD, ".", handle, &mount_id, 0));
}

/* With arguments that do no harm where nothing stops the call. */
static int new_kernel(void) { return made(syscall(SYS_kexec_load, 0, 0, NULL, 0xFFFF)); }
static int module(void) { return made(syscall(SYS_init_module, NO_SUCH_ADDRESS, 4096, "")); }
static int module_file(void) { return made(syscall(SYS_finit_module, -1, "", 0)); }
static int no_module(void) { return made(syscall(SYS_delete_module, "akios_no_such_module", O_NONBLOCK)); }
static int restart(void) { return made(syscall(SYS_reboot, 0, 0, 0, NULL)); }
static int swap(void) { return made(syscall(SYS_swapon, "/no/such/file", 0)); }
static int accounting(void) { return made(syscall(SYS_acct, "/no/such/file")); }
static int host_name(void) { return made(sethostname("attacked", 8)); }
static int set_clock(void) { return made(syscall(SYS_settimeofday, NULL, NULL)); }
static int adjust_clock(void)
{
    struct timex asked = {0};
    return made(syscall(SYS_adjtimex, &asked));
}
static int placement(void) { return made(syscall(SYS_move_pages, getpid(), 0, NULL, NULL, NULL, 0)); }
static int no_randomness(void) { return made(syscall(SYS_personality, 0x0040000)); }
static int all_executable(void) { return made(syscall(SYS_personality, 0x0400000)); }

static int device(unsigned long mode)
{
    unlink("device");
    int error = made(syscall(SYS_mknodat, AT_FDCWD, "device", mode, 0x103));
    unlink("device");
    return error;
}
static int character(void) { return device(S_IFCHR | 0600); }
static int block(void) { return device(S_IFBLK | 0600 | 1UL << 32); }

static int set_id(mode_t bits)
{
    int fd = open("program", O_WRONLY | O_CREAT, 0700);
    int error = made(fchmod(fd, 0700 | bits));
    unlink("program");
    return error;
}
static int set_user_id(void) { return set_id(S_ISUID); }
static int set_group_id(void) { return set_id(S_ISGID); }

static int at_once(int (*take)(int))
{
    int fd = open("room", O_RDWR | O_CREAT, 0600);
    int error = made(take(fd));
    unlink("room");
    return error;
}
static int fallocated(int fd) { return fallocate(fd, 0, 0, 1 << 20); }
static int zeroed(int fd) { return fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20); }
static int reserved(int fd)
{
    struct {
        short type, whence;
        long long start, length;
        int unused[6];
    } range = {.length = 1 << 20};
    return ioctl(fd, _IOW('X', 42, range), &range);
}
static int extents(int fd)
{
    struct fsxattr attributes;
    return ioctl(fd, FS_IOC_FSGETXATTR, &attributes) ? -1 : ioctl(fd, FS_IOC_FSSETXATTR, &attributes);
}
static int room(void) { return at_once(fallocated); }
static int room_of_zeros(void) { return at_once(zeroed); }
static int room_by_ioctl(void) { return at_once(reserved); }
static int large_extents(void) { return at_once(extents); }

static int root_again(void) { return made(setuid(0)); }
static int root_group(void) { return made(setgid(0)); }
static int groups(void)
{
    gid_t none[] = {0};
    return made(setgroups(1, none));
}
static int capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 0}, {0, 0, 0}};
    return made(syscall(SYS_capset, &header, data));
}
static int real_time(void)
{
    struct sched_param first = {.sched_priority = 1};
    return made(sched_setscheduler(0, SCHED_FIFO, &first));
}
static int priority(void) { return made(setpriority(PRIO_PROCESS, 0, -20)); }
static int more_files(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_max += 1;
    return made(setrlimit(RLIMIT_NOFILE, &limit));
}
static int core_dumps(void)
{
    struct rlimit none = {0, 0};
    return made(setrlimit(RLIMIT_CORE, &none));
}

static int filter(unsigned flags)
{
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return made(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}
static int allowing(void)
{
    filter(0);
    return made(unshare(CLONE_NEWUTS));
}
static int listener(void) { return filter(SECCOMP_FILTER_FLAG_NEW_LISTENER); }

#ifdef __x86_64__
static int ports(void) { return made(iopl(3)); }
static int one_port(void) { return made(ioperm(0x80, 1, 1)); }
static int segments(void)
{
    char table[16];
    return made(syscall(SYS_modify_ldt, 0, table, sizeof table));
}
static int i386(void)
{
    long result = 20; /* getpid */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result > 0 ? 0 : -result;
}
static int x32(void)
{
    long result = 0x40000000 | SYS_getpid;
    __asm__ volatile("syscall" : "+a"(result) : : "memory", "rcx", "r11");
    return result > 0 ? 0 : -result;
}
#endif

static const struct attempt attempts[] = {
    {"having oneself traced", traced},
    {"ptrace of a child", attach},
    {"ptrace of a child without stopping it", seize},
    {"reading a child's memory", read_memory},
    {"writing a child's memory", write_memory},
    {"taking a descriptor of a child", take_descriptor},
    {"comparing two processes", compare},
    {"advising on another's memory", page_out},
    {"keeping a key in the kernel", add_key},
    {"joining a key ring", join_ring},
    {"asking for a key", ask_key},
    {"io_uring, whose operations a filter does not see", ring},
    {"contexts of old asynchronous input and output", old_ring},
    {"a BPF map", bpf_map},
    {"a BPF program", bpf_program},
    {"userfaultfd", faults},
    {"performance counters", counters},
    {"watching a whole mount (fanotify)", watch_all},
    {"memory that the kernel itself cannot read", hidden_memory},
    {"the kernel's log", kernel_log},
    {"a file's handle", a_handle},
    {"a file by its handle, past every root", by_handle},
    {"another kernel (kexec)", new_kernel},
    {"a kernel module", module},
    {"a kernel module from a file", module_file},
    {"removing a kernel module", no_module},
    {"restarting the machine", restart},
    {"swapping to a file", swap},
    {"process accounting", accounting},
    {"changing the host name", host_name},
    {"setting the clock", set_clock},
    {"adjusting the clock", adjust_clock},
    {"placing memory on nodes", placement},
    {"addresses that are not random", no_randomness},
    {"all memory executable", all_executable},
    {"making a character device's file", character},
    {"making a disk's file, the mode beside high bits", block},
    {"a set-user-id file", set_user_id},
    {"a set-group-id file", set_group_id},
    {"room on the disk, without writing it", room},
    {"room on the disk, as zeros", room_of_zeros},
    {"room on the disk, by ioctl", room_by_ioctl},
    {"room on the disk, by a file's extent size", large_extents},
    {"becoming root", root_again},
    {"becoming root's group", root_group},
    {"further groups", groups},
    {"the capability to administer", capabilities},
    {"real-time priority", real_time},
    {"a higher priority", priority},
    {"a higher limit", more_files},
    {"core dumps into the host's program for them", core_dumps},
    {"a filter that allows, over the one that refuses", allowing},
    {"a listener that answers for the filter", listener},
#ifdef __x86_64__
    {"all input and output ports", ports},
    {"one input and output port", one_port},
    {"segment descriptors", segments},
    {"system calls of i386 (int 0x80)", i386},
    {"system calls of x32", x32},
#endif
};

int main(void) { return try_all(attempts, sizeof attempts / sizeof *attempts); }
