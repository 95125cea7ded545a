package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"respawn/tracker"
)

const (
	// maxBody bounds one answer, after decompression. 256 entries of a data tile
	// hold about 1 MB; a page of 1,024 RFC 6962 entries about 8.
	maxBody = 64 << 20
	// maxHead bounds a checkpoint or tree head with many witnesses.
	maxHead = 256 << 10
	// maxRetryAfter bounds how long a server can make us wait by asking.
	maxRetryAfter = 6 * time.Hour
	// answerLimit is how long one answer may take, body included.
	answerLimit = 2 * time.Minute
)

// A Refusal is a server's answer that is not what was asked for.
type Refusal struct {
	URL        string
	Status     int
	RetryAfter time.Duration // as the server asked, at most six hours; 0: it did not
}

func (r *Refusal) Error() string {
	s := fmt.Sprintf("%s: HTTP %d", r.URL, r.Status)
	if r.RetryAfter > 0 {
		s += fmt.Sprintf(", asked to wait %v", r.RetryAfter)
	}
	return s
}

// A getter asks HTTP servers through a client that was handed in.
type getter struct {
	client *http.Client
	agent  string
}

// get reads the answer to a GET into buf and returns it. Answers over limit
// octets are refused with [ErrTooLong], other statuses than 200 with a [Refusal].
// gzip is undone, also where it was not negotiated (static-ct-api, "Log entries").
func (g getter) get(ctx context.Context, url string, limit int, buf []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	resp, err := g.open(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
		defer z.Close()
		body = z
	}
	b := bytes.NewBuffer(buf[:0])
	if _, err := b.ReadFrom(io.LimitReader(body, int64(limit)+1)); err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	if b.Len() > limit {
		return nil, fmt.Errorf("%s: answer over %d octets: %w", url, limit, ErrTooLong)
	}
	return b.Bytes(), nil
}

// open sends the GET, with the fields of more that are not empty, and returns the
// answer if its status is 200.
func (g getter) open(ctx context.Context, url string, more http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip, identity")
	for k := range more {
		if v := more.Get(k); v != "" {
			req.Header.Set(k, v)
		}
	}
	if g.agent != "" {
		req.Header.Set("User-Agent", g.agent)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		// A little of the body is read so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		_ = resp.Body.Close()
		return nil, &Refusal{URL: url, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	}
	return resp, nil
}

// retryAfter reads a Retry-After field (RFC 9110, 10.2.3): seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// reasonOf says in the vocabulary of coverage why a source could not be read.
func reasonOf(err error) tracker.Reason {
	if r, ok := errors.AsType[*Refusal](err); ok {
		switch {
		case r.Status == http.StatusTooManyRequests, r.Status == http.StatusServiceUnavailable, r.RetryAfter > 0:
			return tracker.ReasonThrottled
		case r.Status >= 500:
			return tracker.ReasonUnreachable
		}
		return tracker.ReasonRefused
	}
	if _, ok := errors.AsType[*Distrust](err); ok {
		return tracker.ReasonBadAnswer
	}
	if t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && t.Timeout() {
		return tracker.ReasonTimeout
	}
	if errors.Is(err, errPage) || errors.Is(err, ErrTooLong) || errors.Is(err, gzip.ErrHeader) {
		return tracker.ReasonBadAnswer
	}
	return tracker.ReasonUnreachable
}

func isStatus(err error, status int) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && r.Status == status
}
