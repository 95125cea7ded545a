package resolver

import (
	"net"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many datagrams one system call carries. More gains nothing:
// the kernel's work for each datagram is all that is left.
const batchSize = 64

// replySize holds any reply to a query that allows 1232 octets; what is longer is
// cut by the kernel and asked again over TCP.
const replySize = 1536

type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// A batcher sends and receives many datagrams at once on one connected socket
// (sendmmsg(2), recvmmsg(2)). It never blocks.
type batcher struct {
	fd      int
	refused bool // an ICMP message said that nobody listens (ECONNREFUSED)
	send    [batchSize]mmsghdr
	sIov    [batchSize]unix.Iovec
}

// A receiver holds the buffers that all sockets of one sweep receive into.
type receiver struct {
	recv [batchSize]mmsghdr
	iov  [batchSize]unix.Iovec
	buf  [batchSize][replySize]byte
}

func newReceiver() *receiver {
	r := &receiver{}
	for i := range r.recv {
		r.iov[i].Base = &r.buf[i][0]
		r.iov[i].SetLen(replySize)
		r.recv[i].hdr.Iov = &r.iov[i]
		r.recv[i].hdr.SetIovlen(1)
	}
	return r
}

// newBatcher is nil where c is no kernel socket. The caller keeps c open as long
// as it uses the batcher, which is what keeps the descriptor valid.
func newBatcher(c net.Conn) *batcher {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	b := &batcher{fd: -1}
	err = rc.Control(func(fd uintptr) {
		b.fd = int(fd)
		const size = 8 << 20
		// The kernel drops bursts that its buffer cannot hold. FORCE passes the
		// system's limit where we may; else the limit has to do.
		if unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
			_ = unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}
		_ = unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, size/4)
	})
	if err != nil || b.fd < 0 {
		return nil
	}
	for i := range b.send {
		b.send[i].hdr.Iov = &b.sIov[i]
		b.send[i].hdr.SetIovlen(1)
	}
	return b
}

// wasRefused says whether the other side's port was ever found closed. A nil
// batcher has not heard of it.
func (b *batcher) wasRefused() bool { return b != nil && b.refused }

// write sends the datagrams, at most batchSize, and returns how many the kernel
// took; fewer mean that its buffer is full.
func (b *batcher) write(pkts [][]byte) int {
	for i, p := range pkts {
		b.sIov[i].Base = &p[0]
		b.sIov[i].SetLen(len(p))
	}
	sent := 0
	for refused := 0; sent < len(pkts); {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(b.fd),
			uintptr(unsafe.Pointer(&b.send[sent])), uintptr(len(pkts)-sent), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno == unix.ECONNREFUSED && refused < 4:
			b.refused = true
			refused++ // the echo of an earlier datagram (ICMP); this one was not sent
		case errno == unix.EAGAIN || errno == unix.ENOBUFS:
			return sent
		case errno != 0:
			return len(pkts) // lost, as any datagram may be: the timers see to it
		default:
			sent += int(n)
		}
	}
	return sent
}

// read receives what has come, at most batchSize datagrams. A datagram longer
// than the buffer is marked truncated as a server would have marked it.
func (r *receiver) read(b *batcher) int {
	for tries := 0; ; tries++ {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(b.fd),
			uintptr(unsafe.Pointer(&r.recv[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		b.refused = b.refused || errno == unix.ECONNREFUSED
		if (errno == unix.EINTR || errno == unix.ECONNREFUSED) && tries < 8 {
			continue
		}
		if errno != 0 {
			return 0
		}
		return int(n)
	}
}

func (r *receiver) datagram(i int) []byte {
	n := int(r.recv[i].n)
	p := r.buf[i][:min(n, replySize)]
	if r.recv[i].hdr.Flags&unix.MSG_TRUNC != 0 && len(p) > 2 {
		p[2] |= 0x02
	}
	return p
}

// A sleeper waits for sockets, or for wake, which any goroutine may call at any
// time, also after close: by then the number of the descriptor may belong to
// somebody's file, and a write to it would go into that file.
type sleeper struct {
	fds []unix.PollFd // event, then the sockets; of the goroutine that sleeps

	mu    sync.Mutex // guards event
	event int        // descriptor that wake writes to; -1 after close
}

func newSleeper() (*sleeper, error) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &sleeper{event: fd, fds: []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}}, nil
}

func (s *sleeper) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.event >= 0 {
		_ = unix.Close(s.event)
		s.event = -1
	}
}

func (s *sleeper) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.event >= 0 {
		one := [8]byte{1}
		_, _ = unix.Write(s.event, one[:])
	}
}

// watch sets the sockets to wait for.
func (s *sleeper) watch(bs []*batcher) {
	s.fds = s.fds[:1]
	for _, b := range bs {
		s.fds = append(s.fds, unix.PollFd{Fd: int32(b.fd), Events: unix.POLLIN})
	}
}

// sleep waits at most d. It does not say why it returned.
func (s *sleeper) sleep(d time.Duration) {
	ts := unix.NsecToTimespec(int64(max(d, 0)))
	n, err := unix.Ppoll(s.fds, &ts, nil)
	if err == nil && n > 0 && s.fds[0].Revents != 0 {
		var b [8]byte
		_, _ = unix.Read(int(s.fds[0].Fd), b[:]) // close is called by the goroutine that sleeps
	}
}

// nap sleeps for d whatever comes.
func (s *sleeper) nap(d time.Duration) {
	ts := unix.NsecToTimespec(int64(max(d, 0)))
	_, _ = unix.Ppoll(nil, &ts, nil)
}

// ready says whether the i-th watched socket has something to read.
func (s *sleeper) ready(i int) bool { return s.fds[1+i].Revents != 0 }
