package crawler

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxCodings is how many content codings may be stacked on one body. More than
// two are a bomb, not a web server.
const maxCodings = 2

// maxWindow is the largest window of zstd on the web (RFC 9659).
const maxWindow = 8 << 20

var errCoding = errors.New("unknown content coding")

// freeRatio is how much may come out of a decoder before the ratio counts:
// small pages of blanks compress a thousandfold and harm nobody.
const freeRatio = 1 << 20

// decoded undoes the Content-Encoding of wire, up to limit bytes and up to ratio
// times the bytes that went in. cut says that a limit ended it; what came out
// until then is returned. br and zstd are undone although nobody asked for them:
// servers send them all the same. A coding that we do not know is an error, and the
// body stays as received: its bomb stays folded. The result is
// written into *buf, where it is not wire itself, and *buf then holds it.
func decoded(wire []byte, coding string, limit, ratio int64, buf *[]byte) (body []byte, cut bool, err error) {
	body = wire
	codings := strings.Split(strings.ToLower(coding), ",")
	if len(codings) > maxCodings {
		return wire, false, fmt.Errorf("%w: %d codings", errCoding, len(codings))
	}
	for i := len(codings) - 1; i >= 0; i-- {
		c := strings.TrimSpace(codings[i])
		if c == "" || c == "identity" || len(body) == 0 {
			continue
		}
		r, done, err := decoder(c, body)
		if err != nil {
			return body, false, err
		}
		into := buf
		if i > 0 { // it is read from while the next is written
			into = new([]byte)
		}
		out, over, err := inflate(r, int64(len(body)), limit, ratio, into)
		done()
		if err != nil || over {
			return out, over, err
		}
		body = out
	}
	return body, int64(len(body)) > limit, nil
}

func inflate(r io.Reader, in, limit, ratio int64, buf *[]byte) ([]byte, bool, error) {
	most := min(limit, max(freeRatio, in*ratio))
	if cap(*buf) == 0 {
		*buf = takeBuffer()
	}
	b := bytes.NewBuffer((*buf)[:0])
	defer func() { *buf = b.Bytes() }()
	b.Grow(int(min(most, in*4)))
	n, err := b.ReadFrom(io.LimitReader(r, most+1))
	if n > most {
		return b.Bytes()[:most], true, nil
	}
	if err != nil {
		return b.Bytes(), false, fmt.Errorf("content coding: %w", err)
	}
	return b.Bytes(), false, nil
}

// gzips are kept because each holds 40 KB of tables.
var gzips sync.Pool

func decoder(coding string, b []byte) (io.Reader, func(), error) {
	in := bytes.NewReader(b)
	switch coding {
	case "gzip", "x-gzip":
		if z, ok := gzips.Get().(*gzip.Reader); ok {
			if err := z.Reset(in); err != nil {
				return nil, nil, fmt.Errorf("content coding: %w", err)
			}
			return z, func() { gzips.Put(z) }, nil
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, fmt.Errorf("content coding: %w", err)
		}
		return z, func() { gzips.Put(z) }, nil
	case "deflate": // RFC 9110 says zlib; some servers send raw deflate
		br := bufio.NewReader(in)
		if p, _ := br.Peek(2); len(p) == 2 && p[0]&0x0f == 8 && (uint16(p[0])<<8|uint16(p[1]))%31 == 0 {
			z, err := zlib.NewReader(br)
			if err != nil {
				return nil, nil, fmt.Errorf("content coding: %w", err)
			}
			return z, func() {}, nil
		}
		return flate.NewReader(br), func() {}, nil
	case "br":
		return brotli.NewReader(in), func() {}, nil
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, fmt.Errorf("content coding: %w", err)
		}
		return z, z.Close, nil
	}
	return nil, nil, fmt.Errorf("%w %.20q", errCoding, coding)
}
