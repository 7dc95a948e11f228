/* Tries to type into a terminal, or to take it over: one of its own, as the jail's agent may have. */
#include "attempt.h"

#define TYPE_IN 0x5412UL      /* TIOCSTI */
#define CONSOLE 0x541CUL      /* TIOCLINUX */
#define DISCIPLINE 0x5423UL   /* TIOCSETD */
#define EXCLUSIVE 0x540CUL    /* TIOCEXCL */

static int control(unsigned long request)
{
    char argument[8] = {0};
    setsid();
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (terminal < 0)
        return errno;
    ioctl(terminal, TIOCSCTTY, 0);
    return made(syscall(SYS_ioctl, terminal, request, argument));
}
static int type_in(void) { return control(TYPE_IN); }
static int type_in_high(void) { return control(TYPE_IN | 1UL << 32); }
static int type_in_all(void) { return control(TYPE_IN | 0xFFFFFFFFUL << 32); }
static int console(void) { return control(CONSOLE); }
static int discipline(void) { return control(DISCIPLINE); }
static int exclusive(void) { return control(EXCLUSIVE | 1UL << 63); }

static const struct attempt attempts[] = {
    {"typing into a terminal (TIOCSTI)", type_in},
    {"typing into a terminal, the request beside a high bit", type_in_high},
    {"typing into a terminal, the request beside all high bits", type_in_all},
    {"pasting into a console (TIOCLINUX)", console},
    {"another line discipline (TIOCSETD)", discipline},
    {"a terminal that nobody else can open (TIOCEXCL)", exclusive},
};

int main(void) { return try_all(attempts, sizeof attempts / sizeof *attempts); }
