package crawler

import (
	"bufio"
	"net"
	"sync"
)

// A flight is the connection under TLS. What is written leaves when an answer is
// waited for, so that the end of the handshake and the request travel in one
// segment; and it is read in pieces as large as the kernel has, which TLS gets by
// the record, so that its own buffers stay small. It is for one goroutine,
// deadlines apart.
type flight struct {
	net.Conn
	out  []byte
	in   *bufio.Reader
	left int // of the record that is being handed on
}

// maxFlight is what may wait to be sent; a request is far smaller.
const maxFlight = 16 << 10

var flights = sync.Pool{New: func() any {
	return &flight{out: make([]byte, 0, 2<<10), in: bufio.NewReaderSize(nil, 16<<10)}
}}

func newFlight(raw net.Conn) *flight {
	f := flights.Get().(*flight)
	f.Conn, f.out, f.left = raw, f.out[:0], 0
	f.in.Reset(raw)
	return f
}

// release gives the buffers back; f is no connection any more.
func (f *flight) release() {
	f.Conn = nil
	f.in.Reset(nil)
	flights.Put(f)
}

func (f *flight) Write(p []byte) (int, error) {
	f.out = append(f.out, p...)
	if len(f.out) < maxFlight {
		return len(p), nil
	}
	return len(p), f.flush()
}

func (f *flight) flush() error {
	if len(f.out) == 0 {
		return nil
	}
	_, err := f.Conn.Write(f.out)
	f.out = f.out[:0]
	return err
}

func (f *flight) Read(p []byte) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	if f.left <= 0 { // RFC 8446 section 5.1: type, version, length
		h, err := f.in.Peek(5)
		if err != nil && len(h) == 0 {
			return 0, err
		}
		if len(h) < 5 {
			return f.in.Read(p) // TLS will miss the rest
		}
		f.left = 5 + int(h[3])<<8 + int(h[4])
	}
	n, err := f.in.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

// buffers hold wire bytes and bodies of captures that are over.
var buffers sync.Pool

// keptBuffer is the largest one that is worth keeping.
const keptBuffer = 256 << 10

func takeBuffer() []byte {
	if b, ok := buffers.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 0, 16<<10)
}

// giveBuffer is for who knows that nobody reads b any more.
func giveBuffer(b []byte) {
	if cap(b) == 0 || cap(b) > keptBuffer {
		return
	}
	b = b[:0]
	buffers.Put(&b)
}
