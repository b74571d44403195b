/* An upstream over UDP: udp PORT. With batches of datagrams it is also the least that a server can spend on a query. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "answer.h"

enum { BATCH = 64, SIZE = 2048 };
static unsigned char octets[BATCH][SIZE];
static struct sockaddr_in from[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr in[BATCH], out[BATCH];

int main(int argc, char **argv) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (argc != 2 || bind(fd, (struct sockaddr *)&address, sizeof address)) return perror("udp"), 1;
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){octets[i], SIZE - ROOM};
            in[i].msg_hdr = (struct msghdr){
                .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int n = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL), k = 0;
        for (int i = 0; i < n; i++) {
            int length = answer(octets[i], in[i].msg_len);
            if (!length) continue;
            parts[i].iov_len = length;
            out[k++].msg_hdr = in[i].msg_hdr;
        }
        for (int sent = 0, r; sent < k; sent += r)
            if ((r = sendmmsg(fd, out + sent, k - sent, 0)) <= 0) break;
    }
}
