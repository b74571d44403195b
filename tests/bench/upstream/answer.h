/* The answer of the upstreams that the bench measures against: A 192.0.2.1 with a TTL of 3600 s for every question.

   Nothing is looked up: what an upstream costs must not decide what is measured. An OPT is echoed when it is the only
   additional record, so that queries with EDNS get replies with EDNS (RFC 6891, 6.1.1). */
#include <string.h>

enum { ROOM = 64 }; /* more octets than an answer adds to its question */

/* Make the query at `p`, of `n` octets and with ROOM behind it, a reply. Its length; 0 for what is no query. */
static int answer(unsigned char *p, int n) {
    static const unsigned char record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1};
    unsigned char opt[11];
    int end = 12, has_opt = 0;
    if (n < 17 || (p[2] & 0x80) || p[4] || p[5] != 1) return 0;
    while (end < n && p[end] && !(p[end] & 0xc0)) end += p[end] + 1;
    end += 5;
    if (end > n) return 0;
    if (p[11] == 1 && n >= end + 11 && !p[end] && !p[end + 1] && p[end + 2] == 41) {
        has_opt = 1;
        memcpy(opt, p + end, 11);
        opt[9] = opt[10] = 0; /* without the options: cookies and the like are between two hops */
    }
    p[2] = 0x80 | (p[2] & 0x79);
    p[3] = 0x80;
    memset(p + 6, 0, 6);
    p[7] = 1;
    p[11] = has_opt;
    memcpy(p + end, record, sizeof record);
    end += sizeof record;
    if (has_opt) memcpy(p + end, opt, sizeof opt), end += sizeof opt;
    return end;
}
