/* Tries sockets beyond local ones, TCP and UDP, and options that pass a firewall by. */
#include "attempt.h"
#include <linux/in.h>
#include <sys/socket.h>

#define NETLINK 16

static int opened(long family, int type, long protocol)
{
    return made(syscall(SYS_socket, family, type, protocol));
}
static int vsock(void) { return opened(AF_VSOCK, SOCK_STREAM, 0); }
static int packet(void) { return opened(AF_PACKET, SOCK_RAW, 0); }
static int cooked(void) { return opened(AF_PACKET, SOCK_DGRAM, 0); }
static int crypto(void) { return opened(38, SOCK_SEQPACKET, 0); }
static int crypto_high(void) { return opened(38 | 1L << 32, SOCK_SEQPACKET, 0); }
static int icmp(void) { return opened(AF_INET, SOCK_RAW, 1); }
static int icmp6(void) { return opened(AF_INET6, SOCK_RAW, 58); }
static int any_header(void) { return opened(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 255); }
static int ping(void) { return opened(AF_INET, SOCK_DGRAM, 1); }
static int sctp(void) { return opened(AF_INET, SOCK_SEQPACKET, 132); }
static int udplite(void) { return opened(AF_INET, SOCK_DGRAM, 136); }
static int mptcp(void) { return opened(AF_INET, SOCK_STREAM, 262); }
static int xdp(void) { return opened(44, SOCK_RAW, 0); }
static int can(void) { return opened(29, SOCK_RAW, 1); }
static int bluetooth(void) { return opened(31, SOCK_RAW, 1); }
static int netfilter(void) { return opened(NETLINK, SOCK_RAW, 12); }
static int events(void) { return opened(NETLINK, SOCK_RAW, 15); }
static int generic_high(void) { return opened(NETLINK, SOCK_RAW, 16 | 1L << 32); }
static int diagnosis(void) { return opened(NETLINK, SOCK_RAW, 4); }
static int audit(void) { return opened(NETLINK, SOCK_RAW, 9); }
static int smc(void) { return opened(43, SOCK_STREAM, 0); }
static int tipc(void)
{
    int pair[2];
    return made(socketpair(30, SOCK_STREAM, 0, pair));
}

static int option(int type, int level, int name, int value)
{
    int fd = socket(AF_INET, type, 0);
    return made(setsockopt(fd, level, name, &value, sizeof value));
}
static int mark(void) { return option(SOCK_STREAM, SOL_SOCKET, SO_MARK, 1); }
static int transparent(void) { return option(SOCK_STREAM, IPPROTO_IP, IP_TRANSPARENT, 1); }
static int repair(void) { return option(SOCK_STREAM, IPPROTO_TCP, 19, 1); }
static int memory(void) { return option(SOCK_DGRAM, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 28); }
static int urgent(void) { return option(SOCK_STREAM, SOL_SOCKET, SO_PRIORITY, 7); }

static const struct attempt attempts[] = {
    {"the virtual machine's host (AF_VSOCK)", vsock},
    {"raw frames (AF_PACKET)", packet},
    {"frames without their heads (AF_PACKET)", cooked},
    {"the kernel's ciphers (AF_ALG)", crypto},
    {"the kernel's ciphers, the family beside high bits", crypto_high},
    {"raw ICMP", icmp},
    {"raw ICMPv6", icmp6},
    {"packets with a head of one's own", any_header},
    {"ping without a raw socket", ping},
    {"SCTP", sctp},
    {"UDP-Lite", udplite},
    {"multipath TCP", mptcp},
    {"AF_XDP", xdp},
    {"AF_CAN", can},
    {"AF_BLUETOOTH", bluetooth},
    {"AF_SMC", smc},
    {"a pair of AF_TIPC", tipc},
    {"the firewall's netlink", netfilter},
    {"netlink of devices that come and go", events},
    {"generic netlink, the protocol beside high bits", generic_high},
    {"netlink of all sockets", diagnosis},
    {"the audit's netlink", audit},
    {"marking packets past the firewall (SO_MARK)", mark},
    {"sending from anybody's address (IP_TRANSPARENT)", transparent},
    {"connections out of nothing (TCP_REPAIR)", repair},
    {"more buffers than the limit (SO_RCVBUFFORCE)", memory},
    {"a priority of the machine's own traffic", urgent},
};

int main(void) { return try_all(attempts, sizeof attempts / sizeof *attempts); }
