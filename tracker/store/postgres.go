package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// where names the database to people, without a password.
func (s *Store) where() string {
	if s.cfg.URL == "" {
		return s.cfg.Path
	}
	u, err := url.Parse(s.cfg.URL)
	if err != nil {
		return "in Postgres"
	}
	return u.Redacted()
}

func (s *Store) openPostgres(ctx context.Context) error {
	cfg, err := pgxpool.ParseConfig(s.cfg.URL)
	if err != nil {
		return fmt.Errorf("store: the database URL: %w", err)
	}
	if s.pgx, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return fmt.Errorf("store: open %s: %w", s.where(), err)
	}
	s.View = &View{q: pgxQuerier{s.pgx}, d: dialectPostgres, memo: newMemo(true)}
	if s.cfg.ReadOnly {
		return s.checkSchema(ctx)
	}
	db := stdlib.OpenDBFromPool(s.pgx) // goose speaks database/sql
	return errors.Join(migrate(ctx, db, dialectPostgres, s.where()), db.Close())
}

func (s *Store) beginPostgres(ctx context.Context, tx *Tx) error {
	t, err := s.pgx.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return err
	}
	tx.View = &View{q: pgxQuerier{t}, d: dialectPostgres, oneQuery: true, memo: newMemo(false)}
	tx.raw = t
	tx.finish = func(ctx context.Context, commit bool) error {
		if commit {
			return t.Commit(ctx)
		}
		return t.Rollback(ctx)
	}
	return nil
}
