/* Says what it is free to do: `done` if this process is under no filter, could gain privileges, or has any. With an
 * argument, only the last is asked. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    char line[256];
    int filtered = 0, powerless = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        filtered += !strcmp(line, "NoNewPrivs:\t1\n") || !strcmp(line, "Seccomp:\t2\n");
        powerless += !strcmp(line, "CapEff:\t0000000000000000\n") && geteuid() != 0;
    }
    if (count > 1 && strcmp(words[1], "gained") == 0)
        filtered = 2;
    puts(filtered == 2 && powerless ? "confined" : "done");
    return 0;
}
