package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"respawn/crawler/archive"
	"respawn/internal/egress"
)

// maxReply is more than any authority's reply; the archive refuses what is long.
const maxReply = 1 << 20

// authority is the time-stamping authority of the configuration; nil where none
// is named. It is sent a hash and nothing else.
func (c *Config) authority(door *egress.Door) (archive.Authority, error) {
	if c.Timestamps.URL == "" {
		return nil, nil
	}
	pool, err := c.rootCAs()
	if err != nil {
		return nil, err
	}
	hc := httpClient(door.DialTrusted, pool, 20*time.Second)
	return func(ctx context.Context, request []byte) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Timestamps.URL, bytes.NewReader(request))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/timestamp-query")
		req.Header.Set("Accept", "application/timestamp-reply")
		req.Header.Set("User-Agent", c.userAgent())
		res, err := hc.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered %s", c.Timestamps.URL, res.Status)
		}
		return io.ReadAll(io.LimitReader(res.Body, maxReply))
	}, nil
}
