package feed

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// TilesConfig describes a log with the static-ct-api (c2sp.org/static-ct-api).
type TilesConfig struct {
	// Name is how the log is called in batches, gaps and alarms.
	Name string
	// URL is the monitoring prefix.
	URL string
	// Origin is the origin line that checkpoints must carry: the submission prefix
	// without scheme. Empty accepts any, since the log's key identifies it.
	Origin string
	// Key is the log's public key: base64 of the SubjectPublicKeyInfo, as log lists
	// print it, or PEM.
	Key string
	// Client sends the requests.
	Client *http.Client
	// UserAgent should name a mail address or a page; logs ask for one.
	UserAgent string
	// PartialAfter is how long a data tile that is not full may wait before it is
	// read all the same, and read again when it is full. Zero: one minute. Logs ask
	// readers not to fetch many partial tiles.
	PartialAfter time.Duration
	// Parallel is how many data tiles are fetched at once while behind. Zero: 4.
	Parallel int
	// FromStart reads a log without a position from its first entry, which for a
	// public log takes weeks, instead of joining it at its present end.
	FromStart bool
	// Pace overrides the pace of asking.
	Pace Pace
}

// A Tiles is the [Source] of one static-ct-api log. A batch holds the entries of
// up to Parallel data tiles. Every entry was hashed, its hash found in a hash
// tile, and that tile led to a head signed by the log, which extends every head
// that was seen before.
type Tiles struct {
	cfg    TilesConfig
	key    logKey
	get    getter
	names  Names
	head   head       // newest verified head
	tree   *hashTiles // of head
	bodies [][]byte   // kept for use again

	waitNext  int64 // the first unread entry of a data tile that is not full; -1: none
	waitSince time.Time
}

var _ Source = (*Tiles)(nil)

// NewTiles returns the source; the error is about the configuration.
func NewTiles(cfg TilesConfig) (*Tiles, error) {
	key, err := parseKey(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("feed %s: %w", cfg.Name, err)
	}
	if cfg.Client == nil || cfg.URL == "" {
		return nil, fmt.Errorf("feed %s: it needs an address and an HTTP client", cfg.Name)
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/") + "/"
	if cfg.PartialAfter <= 0 {
		cfg.PartialAfter = time.Minute
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = 4
	}
	return &Tiles{cfg: cfg, key: key, get: getter{cfg.Client, cfg.UserAgent}, bodies: make([][]byte, cfg.Parallel), waitNext: -1}, nil
}

// Name is the configured name.
func (s *Tiles) Name() string { return s.cfg.Name }

// Resumes is true: a log keeps its entries.
func (s *Tiles) Resumes() bool { return true }

// Pace is the configured pace.
func (s *Tiles) Pace() Pace { return s.cfg.Pace }

// Close lets go of the buffers.
func (s *Tiles) Close() error {
	clear(s.bodies)
	return nil
}

// Next reads the data tiles after pos, and the checkpoint where all full tiles of
// the last one have been read.
func (s *Tiles) Next(ctx context.Context, pos Position) (Batch, error) {
	if s.tree == nil || (pos.Next/tileWidth+1)*tileWidth > s.head.size {
		if err := s.refresh(ctx, pos); err != nil {
			return Batch{}, err
		}
	}
	b := Batch{Position: pos}
	b.Position.Size, b.Position.Root = s.head.size, hex.EncodeToString(s.head.root[:])
	if pos.Root == "" && !s.cfg.FromStart {
		b.Position.Next = s.head.size
		return b, nil
	}
	s.names.reset()
	b.Names = s.names
	err := s.read(ctx, &b)
	s.names = b.Names
	if err != nil {
		return Batch{}, err
	}
	b.Behind = max(s.head.size-b.Position.Next, 0)
	return b, nil
}

// refresh fetches the checkpoint and shows that it extends what was read before.
func (s *Tiles) refresh(ctx context.Context, pos Position) error {
	msg, err := s.get.get(ctx, s.cfg.URL+"checkpoint", maxHead, nil)
	if err != nil {
		return err
	}
	h, err := s.key.parseCheckpoint(msg, s.cfg.Origin)
	if err != nil {
		return &Distrust{AlarmBadHead, err}
	}
	if s.tree != nil && h.size <= s.head.size {
		// A cache may serve an older head. It says nothing new, but must agree.
		return s.agree(ctx, s.tree, h.size, h.root)
	}
	tree, err := openTiles(ctx, s.hashTile, h.size, h.root)
	if err != nil {
		return distrustTile(err)
	}
	if s.tree != nil {
		err = s.agree(ctx, tree, s.head.size, s.head.root)
	}
	if err == nil && pos.Size > 0 {
		if pos.Size > h.size {
			// A restart met an older head in a cache: nothing can be checked yet.
			return fmt.Errorf("the checkpoint has %d entries, already seen were %d", h.size, pos.Size)
		}
		var root hash
		if root, err = pos.root(); err == nil {
			err = s.agree(ctx, tree, pos.Size, root)
		}
	}
	if err != nil {
		return err
	}
	s.head, s.tree = h, tree
	return nil
}

// agree checks that tree had the given head when it had size leaves.
func (s *Tiles) agree(ctx context.Context, tree *hashTiles, size int64, root hash) error {
	got, err := tree.rootAt(ctx, size)
	if err != nil {
		return distrustTile(err)
	}
	if got != root {
		return &Distrust{AlarmInconsistent, fmt.Errorf("two signed heads for the first %d entries: %x and %x", size, root, got)}
	}
	return nil
}

func distrustTile(err error) error {
	if errors.Is(err, errTile) {
		return &Distrust{AlarmBadEntries, err}
	}
	return err
}

// read fetches data tiles after b.Position and adds their entries.
func (s *Tiles) read(ctx context.Context, b *Batch) error {
	first := b.Position.Next / tileWidth
	var tiles []tileID
	for n := first; len(tiles) < s.cfg.Parallel && n*tileWidth < s.head.size; n++ {
		width := int(min(s.head.size-n*tileWidth, tileWidth))
		if width < tileWidth && !s.due(n, width, b.Position.Next) {
			break
		}
		tiles = append(tiles, tileID{-1, n, width})
	}
	if len(tiles) == 0 {
		return nil
	}
	g, gctx := errgroup.WithContext(ctx)
	for i, t := range tiles {
		g.Go(func() error {
			body, err := s.fetch(gctx, t, s.bodies[i])
			s.bodies[i] = body
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, t := range tiles {
		if err := s.addTile(ctx, b, t, s.bodies[i]); err != nil {
			return err
		}
		s.bodies[i] = kept(s.bodies[i])
	}
	return nil
}

// due says whether a partial tile with unread entries has waited long enough.
func (s *Tiles) due(n int64, width int, next int64) bool {
	if next >= n*tileWidth+int64(width) {
		return false
	}
	now := time.Now()
	if s.waitNext != next {
		s.waitNext, s.waitSince = next, now
	}
	return now.Sub(s.waitSince) >= s.cfg.PartialAfter
}

// addTile checks every entry of a data tile against the tree and adds those that
// were not delivered yet.
func (s *Tiles) addTile(ctx context.Context, b *Batch, t tileID, data []byte) error {
	hashes, err := s.tree.tile(ctx, 0, t.n)
	if err != nil {
		return distrustTile(err)
	}
	rest := data
	for i := range t.width {
		index := t.n*tileWidth + int64(i)
		l, after, ok := cutTileLeaf(rest)
		if !ok {
			return &Distrust{AlarmBadEntries, fmt.Errorf("%s: entry %d is malformed", t.path(), index)}
		}
		rest = after
		if stampedHash(l.stamped) != hash(hashes[i*hashSize:(i+1)*hashSize]) || l.index >= 0 && l.index != index {
			return &Distrust{AlarmBadEntries, fmt.Errorf("%s: entry %d is not the one in the signed tree", t.path(), index)}
		}
		if index < b.Position.Next {
			continue
		}
		b.Entries++
		if !l.known || !b.addTBS(l.tbs, index) {
			b.Refused++
		}
	}
	b.Position.Next = t.n*tileWidth + int64(t.width)
	return nil
}

func (s *Tiles) hashTile(ctx context.Context, t tileID) ([]byte, error) {
	tile, err := s.fetch(ctx, t, nil)
	if len(tile) > t.width*hashSize {
		tile = tile[:t.width*hashSize] // the full tile in place of a partial one
	}
	return tile, err
}

// fetch gets one tile. A partial tile may be gone once it is full; then the full
// one is got, which begins with the same entries.
func (s *Tiles) fetch(ctx context.Context, t tileID, buf []byte) ([]byte, error) {
	body, err := s.get.get(ctx, s.cfg.URL+t.path(), maxBody, buf)
	if t.width < tileWidth && (isStatus(err, http.StatusNotFound) || isStatus(err, http.StatusGone)) {
		full := t
		full.width = tileWidth
		body, err = s.get.get(ctx, s.cfg.URL+full.path(), maxBody, buf)
	}
	return body, err
}
