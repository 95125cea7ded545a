package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var initConfig []byte

//go:embed init-case.csv
var initCase []byte

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init [DIR]", Short: "Write a commented respawn.yaml and an example case", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.initDir(dir)
		},
	}
}

// initDir writes the files; it never writes over one that is there.
func (a *app) initDir(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "cases"), 0o755); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		body []byte
	}{{"respawn.yaml", initConfig}, {filepath.Join("cases", "example.csv"), initCase}} {
		path := filepath.Join(dir, f.name)
		w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already; it was left as it is", path)
		}
		if err != nil {
			return err
		}
		_, err = w.Write(f.body)
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
		fmt.Fprintln(a.Stdout, path)
	}
	fmt.Fprintf(a.Stdout, "Next: put your names into %s, then run: respawn --config %s scan\n", filepath.Join(dir, "cases", "example.csv"), filepath.Join(dir, "respawn.yaml"))
	return nil
}
