/* A library, and a program, that leaves a mark on the machine as soon as it is loaded: MARK is where. */
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void mark(void)
{
    int fd = open(MARK, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd >= 0) {
        if (write(fd, "x", 1) == 1)
            close(fd);
    }
}

int main(void) { return write(1, "ran\n", 4) == 4 ? 0 : 1; }
