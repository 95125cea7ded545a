package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// maxLine is the longest line of a file that is looked at. A name has 253
	// octets, and a line of a registration list holds a few columns beside it.
	maxLine = 64 << 10
	// maxRunaway is how long a line may go on before the file is no list of lines.
	maxRunaway = 1 << 20
)

// A lineReader reads lines at constant memory.
type lineReader struct {
	r       *bufio.Reader
	next    int64 // number of the line that next reads, from 0
	refused int   // lines over maxLine, which are passed over
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, maxLine)}
}

// line returns the next line without its end. It is valid until the next call.
// The error is io.EOF at the end, wraps [ErrTooLong] after a line that does not
// end, else is the reader's.
func (l *lineReader) line() ([]byte, error) {
	for {
		b, err := l.r.ReadSlice('\n')
		if err == nil || err == io.EOF && len(b) > 0 {
			l.next++
			return bytes.TrimRight(b, "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		for n := len(b); errors.Is(err, bufio.ErrBufferFull); n += len(b) {
			if n > maxRunaway {
				return nil, fmt.Errorf("line %d: %w", l.next+1, ErrTooLong)
			}
			b, err = l.r.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		l.next++
		l.refused++
	}
}
