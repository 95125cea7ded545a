package crawler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"respawn/tracker"
)

// The response is read here and not by net/http, because a fingerprint needs
// what a map of canonical keys loses: the order of the header lines and their
// spelling (RFC 9112 for the grammar; lenient where browsers are).

var (
	errHeaderSize = errors.New("the header is larger than the limit")
	errMalformed  = errors.New("not an HTTP/1 response")
)

// A head is the status line and header of a response.
type head struct {
	proto  string
	status int
	reason string
	fields []tracker.HeaderField
}

func (h *head) get(name string) string { return field(h.fields, name) }

// field is the value of the first header line with that name; "" for none.
func field(fields []tracker.HeaderField, name string) string {
	for i := range fields {
		if strings.EqualFold(fields[i].Name, name) {
			return fields[i].Value
		}
	}
	return ""
}

// readHead reads one response header of at most limit bytes. Interim responses
// (1xx) are skipped.
func readHead(br *bufio.Reader, limit int) (head, error) {
	for range 8 {
		h, err := readOneHead(br, &limit)
		if err != nil || h.status >= 200 || h.status == 101 {
			return h, err
		}
	}
	return head{}, fmt.Errorf("%w: more than 8 interim responses", errMalformed)
}

func readOneHead(br *bufio.Reader, limit *int) (head, error) {
	var h head
	line, err := readLine(br, limit)
	if errors.Is(err, io.ErrUnexpectedEOF) { // something answered, as HTTP/0.9 or not at all as HTTP
		return h, fmt.Errorf("%w: it ends within its first line", errMalformed)
	}
	if err != nil {
		return h, err
	}
	proto, rest, _ := strings.Cut(string(line), " ")
	if !strings.HasPrefix(proto, "HTTP/") {
		return h, fmt.Errorf("%w: it begins with %.20q", errMalformed, line)
	}
	code, reason, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 999 {
		return h, fmt.Errorf("%w: status %.20q", errMalformed, code)
	}
	h.proto, h.status, h.reason = proto, status, reason
	h.fields = make([]tracker.HeaderField, 0, 12)
	for {
		line, err := readLine(br, limit)
		if err != nil {
			return h, err
		}
		if len(line) == 0 {
			return h, nil
		}
		if (line[0] == ' ' || line[0] == '\t') && len(h.fields) > 0 { // obs-fold
			last := &h.fields[len(h.fields)-1]
			last.Value += " " + string(bytes.Trim(line, " \t"))
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue // a line without a colon is dropped, as browsers do; it stays in the wire bytes
		}
		h.fields = append(h.fields, tracker.HeaderField{
			Name:  string(bytes.Trim(name, " \t")),
			Value: strings.ToValidUTF8(string(bytes.Trim(value, " \t")), "\uFFFD"),
		})
	}
}

// readLine reads up to LF and cuts the line end; it takes what it read off limit.
// The slice is good until the next read.
func readLine(br *bufio.Reader, limit *int) ([]byte, error) {
	line, err := br.ReadSlice('\n')
	*limit -= len(line)
	if *limit < 0 {
		return nil, errHeaderSize
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = br.ReadSlice('\n')
			if *limit -= len(line); *limit < 0 {
				return nil, errHeaderSize
			}
			long = append(long, line...)
		}
		line = long
	}
	if err != nil {
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// A framing says where the body of a response ends.
type framing struct {
	chunked bool
	length  int64 // -1: until the connection closes
}

// frame applies RFC 9112 section 6.3 to a response to GET. Several lengths that
// differ are malformed; chunked wins over a length.
func (h *head) frame() (framing, error) {
	if h.status < 200 || h.status == 204 || h.status == 304 {
		return framing{}, nil
	}
	f := framing{length: -1}
	for _, hf := range h.fields {
		switch {
		case strings.EqualFold(hf.Name, "Transfer-Encoding"):
			last := hf.Value[strings.LastIndexByte(hf.Value, ',')+1:]
			f.chunked = f.chunked || strings.EqualFold(strings.TrimSpace(last), "chunked")
		case strings.EqualFold(hf.Name, "Content-Length"):
			n, err := strconv.ParseInt(strings.TrimSpace(hf.Value), 10, 64)
			if err != nil || n < 0 || f.length >= 0 && f.length != n {
				return f, fmt.Errorf("%w: Content-Length %.20q", errMalformed, hf.Value)
			}
			f.length = n
		}
	}
	if f.chunked {
		f.length = -1
	}
	return f, nil
}

// reusable says whether the server will read another request on the connection.
func (h *head) reusable(f framing) bool {
	if !f.chunked && f.length < 0 && h.status >= 200 && h.status != 204 && h.status != 304 {
		return false
	}
	c := strings.ToLower(h.get("Connection"))
	return h.proto == "HTTP/1.1" && !strings.Contains(c, "close")
}

// A chunkReader decodes the chunked transfer coding, trailer included.
type chunkReader struct {
	br    *bufio.Reader
	left  int64
	begun bool
	done  bool
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if r.done {
		return 0, io.EOF
	}
	if r.left == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
		if r.done {
			return 0, io.EOF
		}
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.br.Read(p)
	r.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the size line of the next chunk, or the trailer after the last.
func (r *chunkReader) next() error {
	limit := 4 << 10 // size line with extensions, or the whole trailer
	if r.begun {
		if line, err := readLine(r.br, &limit); err != nil {
			return unexpected(err)
		} else if len(line) > 0 {
			return fmt.Errorf("%w: a chunk does not end where it said", errMalformed)
		}
	}
	r.begun = true
	line, err := readLine(r.br, &limit)
	if err != nil {
		return unexpected(err)
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 62)
	if err != nil {
		return fmt.Errorf("%w: chunk size %.20q", errMalformed, size)
	}
	if r.left = int64(n); n > 0 {
		return nil
	}
	for {
		line, err := readLine(r.br, &limit)
		if err != nil {
			return unexpected(err)
		}
		if len(line) == 0 {
			r.done = true
			return nil
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
