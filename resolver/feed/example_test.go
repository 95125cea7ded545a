package feed_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"respawn/resolver/feed"
)

// A sink stores the names that matter and the position in one transaction. Here
// it prints them and stops after the first batch.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "new.csv")
	if err := os.WriteFile(path, []byte("domain,registrar\nSpiegel.LTD,x\n*.faz.ltd,y\nlocalhost,z\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	src, err := feed.NewList(feed.ListConfig{Name: "new", Open: feed.OpenPath(path)})
	if err != nil {
		fmt.Println(err)
		return
	}
	stop := errors.New("enough")
	err = feed.Run(context.Background(), src, feed.Position{}, func(_ context.Context, b feed.Batch) error {
		for line, name := range b.Names.All() {
			fmt.Printf("%s:%d %s\n", b.Source, line, name)
		}
		fmt.Println("read on at line", b.Position.Next, "- no names:", b.NoNames)
		return stop
	})
	fmt.Println(errors.Is(err, stop))
	// Output:
	// new:1 spiegel.ltd
	// new:2 faz.ltd
	// read on at line 4 - no names: 1
	// true
}
