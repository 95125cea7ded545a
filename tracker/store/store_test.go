package store_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"respawn/tracker/store"
	"respawn/tracker/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) *store.Store {
		s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "respawn.db"), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

func TestPostgres(t *testing.T) {
	server := storetest.Postgres(t)
	storetest.Run(t, func(t *testing.T, now func() time.Time) *store.Store {
		s, err := store.Open(t.Context(), store.Config{URL: server.NewDatabase(t), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

// Two scans of one case in one Postgres must not take each other for cut off.
func TestALockKeepsASecondProcessOut(t *testing.T) {
	server := storetest.Postgres(t)
	url := server.NewDatabase(t)
	open := func() *store.Store {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	one, other := open(), open()
	release, err := one.Lock(t.Context(), "scan of a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Lock(t.Context(), "scan of a"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a lock that is held was taken: %v", err)
	}
	if _, err := one.Lock(t.Context(), "scan of a"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a lock that this process holds was taken again: %v", err)
	}
	free, err := other.Lock(t.Context(), "scan of b")
	if err != nil {
		t.Fatalf("another lock: %v", err)
	}
	free()
	release()
	again, err := other.Lock(t.Context(), "scan of a")
	if err != nil {
		t.Fatalf("a lock that was given back: %v", err)
	}
	again()
}

// Two commands on a new installation may both find no database.
func TestManyProcessesMakeOneDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "respawn.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := store.Open(t.Context(), store.Config{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Salt(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
