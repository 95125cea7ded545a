package feed

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// LogConfig describes a log with the read API of RFC 6962.
type LogConfig struct {
	// Name is how the log is called in batches, gaps and alarms.
	Name string
	// URL is the log's address, the part before /ct/v1/.
	URL string
	// Key is the log's public key: base64 of the SubjectPublicKeyInfo, as log lists
	// print it, or PEM.
	Key string
	// Client sends the requests.
	Client *http.Client
	// UserAgent should name a mail address or a page; logs ask for one.
	UserAgent string
	// Page is how many entries are asked for at once; logs return fewer as they
	// like. Zero: 1,000.
	Page int
	// FromStart reads a log without a position from its first entry, which for a
	// public log takes weeks, instead of joining it at its present end.
	FromStart bool
	// Pace overrides the pace of asking.
	Pace Pace
}

// A Log is the [Source] of one RFC 6962 log. A batch is one answer to
// get-entries. Heads are verified, and each is shown to extend the one before it
// (get-sth-consistency). The tree over all entries read is carried along and must
// end in the head that the log signed. Since that shows only at the head, names
// come out before it; entries that do not lead to the head are an [Alarm] of
// kind bad-entries, raised once, and reading goes on behind them.
type Log struct {
	cfg     LogConfig
	key     logKey
	get     getter
	names   Names
	head    head
	known   bool      // head is set
	edge    *frontier // of the entries before the last position; nil: not known
	doubt   int64     // position whose edge did not lead to the head; -1: none
	body    []byte
	scratch []byte
}

var _ Source = (*Log)(nil)

// NewLog returns the source; the error is about the configuration.
func NewLog(cfg LogConfig) (*Log, error) {
	key, err := parseKey(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("feed %s: %w", cfg.Name, err)
	}
	if cfg.Client == nil || cfg.URL == "" {
		return nil, fmt.Errorf("feed %s: it needs an address and an HTTP client", cfg.Name)
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/") + "/ct/v1/"
	if cfg.Page <= 0 {
		cfg.Page = 1000
	}
	return &Log{cfg: cfg, key: key, get: getter{cfg.Client, cfg.UserAgent}, doubt: -1}, nil
}

// Name is the configured name.
func (s *Log) Name() string { return s.cfg.Name }

// Resumes is true: a log keeps its entries.
func (s *Log) Resumes() bool { return true }

// Pace is the configured pace.
func (s *Log) Pace() Pace { return s.cfg.Pace }

// Close lets go of the buffers.
func (s *Log) Close() error {
	s.body, s.scratch = nil, nil
	return nil
}

// Next reads the entries after pos, and the tree head where all of the last one
// have been read.
func (s *Log) Next(ctx context.Context, pos Position) (Batch, error) {
	s.remember(pos)
	if !s.known || pos.Next >= s.head.size {
		if err := s.refresh(ctx, pos); err != nil {
			return Batch{}, err
		}
	}
	b := Batch{Position: pos}
	b.Position.Size, b.Position.Root = s.head.size, hex.EncodeToString(s.head.root[:])
	b.Position.Edge = ""
	if s.edge != nil {
		b.Position.Edge = s.edge.text()
	}
	if pos.Root == "" && !s.cfg.FromStart {
		b.Position.Next, b.Position.Edge = s.head.size, ""
		return b, nil
	}
	if pos.Next >= s.head.size {
		return b, nil
	}
	asked := min(int64(s.cfg.Page), s.head.size-pos.Next)
	url := fmt.Sprintf("%sget-entries?start=%d&end=%d", s.cfg.URL, pos.Next, pos.Next+asked-1)
	body, err := s.get.get(ctx, url, maxBody, s.body)
	if err != nil {
		return Batch{}, err
	}
	s.body = kept(body)
	s.names.reset()
	b.Names = s.names
	var tree *frontier
	if s.edge != nil {
		clone := *s.edge
		tree = &clone
	}
	n, err := b.addPage(body, pos.Next, &s.scratch, tree)
	s.names, s.scratch = b.Names, kept(s.scratch)
	if err != nil {
		return Batch{}, fmt.Errorf("%s: %w", url, err)
	}
	if int64(n) > asked {
		return Batch{}, fmt.Errorf("%s: %w: %d entries for %d", url, errPage, n, asked)
	}
	b.Position.Next += int64(n)
	if tree != nil {
		if tree.size == s.head.size && tree.root() != s.head.root {
			s.doubt = pos.Next
			return Batch{}, &Distrust{AlarmBadEntries, fmt.Errorf("%s: the entries read lead to the head %x, signed is %x", url, tree.root(), s.head.root)}
		}
		b.Position.Edge = tree.text()
	}
	s.edge = tree
	b.Behind = s.head.size - b.Position.Next
	return b, nil
}

// remember makes edge that of pos.
func (s *Log) remember(pos Position) {
	switch {
	case pos.Next == s.doubt:
		s.edge = nil
	case s.edge != nil && s.edge.size == pos.Next:
	case pos.Next == 0:
		s.edge = &frontier{}
	case pos.Edge != "":
		s.edge, _ = parseFrontier(pos.Next, pos.Edge)
	default:
		s.edge = nil
	}
}

// refresh fetches the tree head and shows that it extends the one before it.
func (s *Log) refresh(ctx context.Context, pos Position) error {
	body, err := s.get.get(ctx, s.cfg.URL+"get-sth", maxHead, nil)
	if err != nil {
		return err
	}
	h, err := s.key.parseSTH(body)
	if err != nil {
		return &Distrust{AlarmBadHead, err}
	}
	old, known := s.head, s.known
	if !known && pos.Size > 0 {
		if old.root, err = pos.root(); err != nil {
			return err
		}
		old.size, known = pos.Size, true
	}
	if known && old.size > 0 {
		lo, hi := old, h
		if h.size < old.size { // an older head from another front end
			lo, hi = h, old
		}
		edge, err := s.consistent(ctx, lo, hi)
		if err != nil {
			return err
		}
		if s.edge == nil && edge != nil && edge.size == pos.Next {
			s.edge, s.doubt = edge, -1
		}
		if h.size < old.size {
			h = old
		}
	}
	s.head, s.known = h, true
	return nil
}

// consistent asks the log to prove that its head hi extends lo, and returns the
// frontier of lo where the proof tells it.
func (s *Log) consistent(ctx context.Context, lo, hi head) (*frontier, error) {
	if lo.size == 0 {
		return nil, nil
	}
	var proof struct {
		Consistency [][]byte `json:"consistency"`
	}
	if lo.size < hi.size {
		url := fmt.Sprintf("%sget-sth-consistency?first=%d&second=%d", s.cfg.URL, lo.size, hi.size)
		body, err := s.get.get(ctx, url, maxHead, nil)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &proof); err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
	}
	edge, err := checkConsistency(lo.size, hi.size, lo.root, hi.root, proof.Consistency)
	if err != nil {
		return nil, &Distrust{AlarmInconsistent, fmt.Errorf("%w: %d entries %x, %d entries %x", err, lo.size, lo.root, hi.size, hi.root)}
	}
	return edge, nil
}
