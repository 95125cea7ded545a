package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ZoneConfig describes a zone file that is replaced by a newer one now and then,
// as CZDS and some registries publish them.
type ZoneConfig struct {
	// Name is how the zone is called in batches, gaps and alarms. It is part of the
	// names of the files in Dir.
	Name string
	// Zone is the name of the zone, such as "shop"; relative names in the file lie
	// in it unless the file says otherwise.
	Zone string
	// Open opens the file: RFC 1035 master format, plain, gzip or zip.
	Open Opener
	// Dir keeps the name set of the last version and, while sorting, pieces of the
	// new one: in all about three times 16 octets a name.
	Dir string
	// SkipFirst takes the first version as the baseline and delivers nothing of it;
	// otherwise every name of the first version is new.
	SkipFirst bool
	// Pace overrides the pace: asked every hour, silent after 50 hours.
	Pace Pace
}

// A Zone is the [Source] of the names that a zone file delegates and the version
// before did not. Memory is bounded whatever the size of the zone.
type Zone struct {
	cfg   ZoneConfig
	names Names
	diff  *setDiff
	id    string // version that diff is of
	at    int64  // new names handed out of diff
	over  bool   // diff was read to its end: when Next is called again, that was stored
}

var _ Source = (*Zone)(nil)

// NewZone returns the source; the error is about the configuration.
func NewZone(cfg ZoneConfig) (*Zone, error) {
	if cfg.Open.open == nil || cfg.Open.where == "" || cfg.Open.daily() {
		return nil, fmt.Errorf("feed %s: it needs a file or an address, without {date}", cfg.Name)
	}
	if cfg.Zone == "" || cfg.Name == "" || strings.ContainsAny(cfg.Name, `/\`) {
		return nil, fmt.Errorf("feed %q: it needs a plain name and a zone", cfg.Name)
	}
	st, err := os.Stat(cfg.Dir)
	if err != nil || !st.IsDir() {
		return nil, fmt.Errorf("feed %s: %q is no directory", cfg.Name, cfg.Dir)
	}
	cfg.Pace = cfg.Pace.or(Pace{Poll: time.Hour, Silent: 50 * time.Hour, Backoff: time.Minute, MaxBackoff: time.Hour})
	return &Zone{cfg: cfg}, nil
}

// Name is the configured name.
func (s *Zone) Name() string { return s.cfg.Name }

// Resumes is true: the file is still there.
func (s *Zone) Resumes() bool { return true }

// Pace is the configured pace.
func (s *Zone) Pace() Pace { return s.cfg.Pace }

// Close closes the sets that are being compared.
func (s *Zone) Close() error {
	if s.diff == nil {
		return nil
	}
	err := s.diff.Close()
	s.diff = nil
	return err
}

func (s *Zone) base() string { return filepath.Join(s.cfg.Dir, s.cfg.Name+".names") }
func (s *Zone) next() string { return filepath.Join(s.cfg.Dir, s.cfg.Name+".new.names") }

// Next hands out some thousand new names after pos.
func (s *Zone) Next(ctx context.Context, pos Position) (Batch, error) {
	b := Batch{Position: pos}
	if s.diff != nil && (pos.File != s.id || pos.Next != s.at) {
		if err := s.Close(); err != nil { // the batch was not stored
			return b, err
		}
	}
	if s.diff != nil && s.over {
		// Everything new has been stored: the new set is the one to compare with.
		return b, errors.Join(s.Close(), os.Rename(s.next(), s.base()))
	}
	if s.diff == nil {
		found, err := s.compare(ctx, &b)
		if err != nil || !found {
			return b, err
		}
	}
	s.names.reset()
	b.Names = s.names
	err := s.read(ctx, &b)
	s.names = b.Names
	if err != nil {
		return Batch{}, errors.Join(err, s.Close())
	}
	return b, nil
}

// compare sorts the present version, if it is a new one, and begins the comparison
// at b.Position. It is false where there is nothing new.
func (s *Zone) compare(ctx context.Context, b *Batch) (bool, error) {
	older, err := openSet(s.base())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	have := ""
	if older != nil {
		have = older.header.id
	}
	doc, err := s.cfg.Open.on(ctx, "", have)
	if errors.Is(err, errUnchanged) {
		return false, closeSet(older)
	}
	if err != nil {
		return false, errors.Join(err, closeSet(older))
	}
	defer doc.Close()
	if doc.id == have {
		return false, closeSet(older)
	}
	newer, err := openSet(s.next())
	if err != nil || newer.header.id != doc.id {
		if newer != nil {
			_ = newer.Close()
		}
		if newer, err = s.sort(ctx, doc, b); err != nil {
			return false, errors.Join(err, closeSet(older))
		}
	}
	before := int64(0)
	if older != nil {
		before = older.header.count
	}
	if n := newer.header.count; n == 0 || n < before/2 {
		err := fmt.Errorf("zone %s: %d names, the version before had %d", s.cfg.Zone, n, before)
		return false, errors.Join(&Distrust{AlarmShrunk, err}, newer.Close(), closeSet(older))
	}
	s.diff, s.id, s.at, s.over = &setDiff{newer: newer, older: older}, doc.id, 0, false
	if b.Position.File != doc.id {
		b.Position.File, b.Position.Next = doc.id, 0
	}
	if older == nil && s.cfg.SkipFirst {
		b.Position.Next = newer.header.count
	}
	for s.at < b.Position.Next {
		if _, err := s.diff.next(ctx); err == io.EOF {
			break
		} else if err != nil {
			return false, errors.Join(err, s.Close())
		}
		s.at++
	}
	return true, nil
}

func closeSet(s *setReader) error {
	if s == nil {
		return nil
	}
	return s.Close()
}

// sort writes the names that doc delegates as a set. What the file held that is
// no name is counted in b.
func (s *Zone) sort(ctx context.Context, doc *document, b *Batch) (*setReader, error) {
	text, err := unpack(doc.file, 0)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	w := &setWriter{dir: s.cfg.Dir}
	defer w.Close()
	z := newZoneReader(text, []byte(s.cfg.Zone))
	for n := 0; ; n++ {
		name, err := z.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = w.add(name)
		}
		if err == nil && n%(1<<16) == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("zone %s: %w", s.cfg.Zone, err)
		}
	}
	b.NoNames += z.noNames
	b.Refused += z.refused + z.lines.refused
	b.Entries += b.Refused + b.NoNames
	if _, err := w.finish(s.next(), doc.id); err != nil {
		return nil, err
	}
	return openSet(s.next())
}

// read adds new names after b.Position.
func (s *Zone) read(ctx context.Context, b *Batch) error {
	for b.Names.Len() < batchNames {
		name, err := s.diff.next(ctx)
		if err == io.EOF {
			s.over = true
			break
		}
		if err != nil {
			return err
		}
		b.Entries++
		if !b.Names.add(name, s.at) {
			b.NoNames++
		}
		s.at++
	}
	b.Position.Next = s.at
	if !s.over {
		b.Behind = 1 // at least
	}
	return nil
}
