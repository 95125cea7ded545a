package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// staleAfter is how old what a killed writer left behind must be before the next
// writer of the same file takes it away: no write takes as long.
const staleAfter = time.Hour

// replaceFile writes a file that appears whole or not at all. It is written beside
// its place, as .KIND-NAME-RANDOM; what a killed writer of the same place left
// there is removed, and nothing else is.
func replaceFile(out, kind string, mode os.FileMode, write func(io.Writer) error) (err error) {
	dir, prefix := filepath.Dir(out), fmt.Sprintf(".%s-%s-", kind, strings.ReplaceAll(filepath.Base(out), "*", "_"))
	removeStale(dir, prefix)
	f, err := os.CreateTemp(dir, prefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), mode); err != nil {
		return err
	}
	return os.Rename(f.Name(), out)
}

// removeStale removes regular files of dir whose name is the prefix and a number
// and that nobody has written to for staleAfter. It is tidying: where it cannot,
// nothing is lost.
func removeStale(dir, prefix string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		random, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours || !e.Type().IsRegular() || random == "" || strings.Trim(random, "0123456789") != "" {
			continue
		}
		if i, err := e.Info(); err == nil && time.Since(i.ModTime()) > staleAfter {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
