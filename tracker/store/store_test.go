package store_test

import (
	"path/filepath"
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
