package feed

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/google/certificate-transparency-go/loglist3"
)

// A ListedLog is one log of a log list.
type ListedLog struct {
	Name  string // description in the list
	URL   string // to read at: monitoring prefix of a tiled log, address of an RFC 6962 log
	Key   string // base64 of the SubjectPublicKeyInfo
	Tiled bool   // for [NewTiles], otherwise for [NewLog]
	// Origin is the checkpoint origin of a tiled log.
	Origin string
}

// ParseLogList picks from a log list (version 3, as browsers publish it) the logs
// that may get new certificates at the time now: those usable or qualified whose
// certificates do not all expire before now. Entries without a usable key or
// address are passed over.
func ParseLogList(list []byte, now time.Time) ([]ListedLog, error) {
	l, err := loglist3.NewFromJSON(list)
	if err != nil {
		return nil, fmt.Errorf("log list: %w", err)
	}
	growing := func(s *loglist3.LogStates, iv *loglist3.TemporalInterval) bool {
		return s != nil && (s.Usable != nil || s.Qualified != nil) && (iv == nil || now.Before(iv.EndExclusive))
	}
	var out []ListedLog
	add := func(c ListedLog, key []byte) {
		c.Key = base64.StdEncoding.EncodeToString(key)
		if _, err := parseKey(c.Key); err == nil && c.URL != "" {
			out = append(out, c)
		}
	}
	for _, op := range l.Operators {
		if op == nil {
			continue
		}
		for _, g := range op.Logs {
			if g != nil && growing(g.State, g.TemporalInterval) {
				add(ListedLog{Name: g.Description, URL: g.URL}, g.Key)
			}
		}
		for _, g := range op.TiledLogs {
			if g != nil && growing(g.State, g.TemporalInterval) {
				_, origin, _ := strings.Cut(strings.TrimSuffix(g.SubmissionURL, "/"), "://")
				add(ListedLog{Name: g.Description, URL: g.MonitoringURL, Tiled: true, Origin: origin}, g.Key)
			}
		}
	}
	return out, nil
}
