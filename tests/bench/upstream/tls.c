/* An upstream over TLS (RFC 7858): tls CERTIFICATE KEY PORT. Many connections, queries one after the other in each.

   One thread with epoll. What one read brings is answered with one write; a connection that does not take its replies
   is not read from until it does. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "answer.h"

enum { READ = 16384, WRITE = 4 * READ, EVENTS = 64 };

typedef struct {
    SSL *tls;
    int fd, waits;          /* for EPOLLIN or EPOLLOUT */
    int have, sent, wanted; /* octets that came, octets that left, octets that are to leave */
    unsigned char in[READ], out[WRITE];
} Connection;

/* Answer the whole messages that came, and keep the rest. 0 when the peer talks nonsense. */
static int reply(Connection *c) {
    int at = 0;
    while (c->have - at >= 2) {
        int n = c->in[at] << 8 | c->in[at + 1];
        unsigned char *message = c->out + c->wanted + 2;
        if (n > READ / 2) return 0;
        if (c->have - at < n + 2 || c->wanted + 2 + n + ROOM > WRITE) break;
        memcpy(message, c->in + at + 2, n);
        int length = answer(message, n);
        if (!length) return 0;
        message[-2] = length >> 8;
        message[-1] = length;
        c->wanted += length + 2;
        at += n + 2;
    }
    c->have -= at;
    memmove(c->in, c->in + at, c->have);
    return 1;
}

/* What the connection waits for next: EPOLLIN or EPOLLOUT; 0 when it has ended. */
static int go_on(Connection *c) {
    for (;;) {
        int n;
        if (c->wanted) {
            n = SSL_write(c->tls, c->out + c->sent, c->wanted - c->sent);
            if (n > 0 && (c->sent += n) == c->wanted) c->sent = c->wanted = 0;
        } else {
            n = SSL_read(c->tls, c->in + c->have, READ - c->have);
            if (n > 0) {
                c->have += n;
                if (!reply(c)) return 0;
            }
        }
        if (n > 0) continue;
        switch (SSL_get_error(c->tls, n)) {
        case SSL_ERROR_WANT_READ: return EPOLLIN;
        case SSL_ERROR_WANT_WRITE: return EPOLLOUT;
        default: return 0;
        }
    }
}

static void watch(int epoll, int how, Connection *c, int events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (c->waits != events) epoll_ctl(epoll, how, c->fd, &event);
    c->waits = events;
}

static void take(int epoll, int listener, SSL_CTX *context) {
    int fd = accept(listener, NULL, NULL), one = 1;
    Connection *c = fd < 0 ? NULL : calloc(1, sizeof *c);
    if (!c) return;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    c->tls = SSL_new(context);
    SSL_set_fd(c->tls, fd);
    SSL_set_accept_state(c->tls);
    watch(epoll, EPOLL_CTL_ADD, c, EPOLLIN);
}

static void end(Connection *c) {
    SSL_free(c->tls);
    close(c->fd); /* epoll forgets it with this */
    free(c);
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS];
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc == 4 ? atoi(argv[3]) : 0)};
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (argc != 4) return fputs("usage: tls CERTIFICATE KEY PORT\n", stderr), 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) return perror("tls"), 1;
    if (SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1)
        return fputs("tls: the certificate or the key cannot be used\n", stderr), 1;
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    signal(SIGPIPE, SIG_IGN);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            if (!c) {
                take(epoll, listener, context);
                continue;
            }
            int next = go_on(c);
            if (next) watch(epoll, EPOLL_CTL_MOD, c, next);
            else end(c);
        }
    }
}
