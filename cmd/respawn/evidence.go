package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/crawler/archive"
	"respawn/tracker"
)

func (a *app) evidenceCommand() *cobra.Command {
	c := &cobra.Command{Use: "evidence", Short: "Evidence packages, and whether the archive is whole"}
	var out string
	pack := &cobra.Command{
		Use: "pack NAME -o FILE.wacz", Short: "Pack every capture of a name with its registration and DNS answers", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return usagef("evidence pack: -o FILE.wacz is missing")
			}
			return a.pack(c.Context(), args[0], out)
		},
	}
	pack.Flags().StringVarP(&out, "output", "o", "", "`file` to write, FILE.wacz")
	verify := &cobra.Command{
		Use: "verify [DIR|FILE]", Short: "Check hashes and the chain offline; names the first bad link", Args: cobra.MaximumNArgs(1),
		Long: `verify checks a WACZ package, an archive directory or a data directory (default the
configured one): every hash against its bytes and every link of the chain against
the one before. It asks nobody.`,
		RunE: func(c *cobra.Command, args []string) error { return a.verify(args) },
	}
	c.AddCommand(pack, verify)
	return c
}

func (c *Config) archiveDir() string { return filepath.Join(c.DataDir, "archive") }
func (c *Config) blobDir() string    { return filepath.Join(c.DataDir, "blobs") }

// pack writes what was seen of a name into one file. Captures are copied byte for
// byte; the answers of DNS and registries lie beside them, each under its hash,
// with the observations that cite them.
func (a *app) pack(ctx context.Context, arg, out string) error {
	d, err := a.dossier(ctx, arg)
	if err != nil {
		return err
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	_, r, err := a.reader(ctx)
	if err != nil {
		return err
	}
	blobs, err := archive.OpenBlobs(cfg.blobDir())
	if err != nil {
		return err
	}
	defer blobs.Close()
	now, err := a.now()
	if err != nil {
		return err
	}
	p := archive.Pack{Title: "Evidence on " + string(d.Name), CreatedAt: now, Version: "respawn " + version, Extra: map[string][]byte{},
		Description: "What respawn observed of " + string(d.Name) + ", with the bytes of the answers. It proves who archived what and when, not what a server meant."}
	var lines []byte
	err = r.Observations(ctx, []tracker.Name{d.Name}, func(o *tracker.Observation) error {
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		lines = append(append(lines, b...), '\n')
		if o.Raw == "" {
			return nil
		}
		raw, err := blobs.Get(ctx, o.Raw)
		if err != nil {
			return fmt.Errorf("observation %s: %w", o.ID(), err)
		}
		if o.Probe == tracker.ProbeWeb {
			var c tracker.Capture
			if err := json.Unmarshal(raw, &c); err != nil {
				return fmt.Errorf("observation %s: %w", o.ID(), err)
			}
			if c.WARC != "" && !slices.Contains(p.Refs, c.WARC) {
				p.Refs = append(p.Refs, c.WARC)
			}
			if c.Screenshot != "" {
				if p.Extra["screenshots/"+string(c.Screenshot)+".png"], err = blobs.Get(ctx, c.Screenshot); err != nil {
					return fmt.Errorf("the screenshot of observation %s: %w", o.ID(), err)
				}
			}
		}
		p.Extra["answers/"+string(o.Probe)+"/"+string(o.Raw)] = raw
		return nil
	})
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return fmt.Errorf("nothing was observed of %s: there is nothing to pack", d.Name.Defang())
	}
	p.Extra["observations.jsonl"] = lines
	if p.Extra["dossier.json"], err = json.MarshalIndent(d, "", "  "); err != nil {
		return err
	}
	err = replaceFile(out, "pack", 0o640, func(w io.Writer) error { return archive.WriteWACZ(w, cfg.archiveDir(), p) })
	if err != nil {
		return fmt.Errorf("evidence on %s: %w", d.Name.Defang(), err)
	}
	shots := 0
	for path := range p.Extra {
		if strings.HasPrefix(path, "screenshots/") {
			shots++
		}
	}
	fmt.Fprintf(a.Stdout, "%s: %d captures, %d answers, %d screenshots\n", out, len(p.Refs), len(p.Extra)-2-shots, shots)
	return nil
}

func (a *app) verify(args []string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	target := cfg.DataDir
	if len(args) > 0 {
		target = args[0]
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		rep, signer, err := archive.VerifyWACZ(target)
		if err != nil {
			return fmt.Errorf("NOT WHOLE: %w", err)
		}
		who := "not signed"
		if signer != "" {
			who = "signed by " + signer
		}
		fmt.Fprintf(a.Stdout, "%s: whole; %d files, %d bytes; %s\n", target, rep.Files, rep.Bytes, who)
		return nil
	}
	checked := false
	for _, dir := range []string{target, filepath.Join(target, "archive")} {
		if !archive.In(dir) {
			continue
		}
		checked = true
		rep, err := archive.Verify(dir)
		if err != nil {
			return fmt.Errorf("NOT WHOLE: %w", err)
		}
		if rep.Links == 0 { // before the first night ended, or somebody took the manifest away
			fmt.Fprintf(a.Stdout, "%s: no night is sealed, so nothing vouches for its %d files: %s\n", dir, len(rep.Unsealed), strings.Join(rep.Unsealed, " "))
			continue
		}
		fmt.Fprintf(a.Stdout, "%s: whole; %d nights chained, %d files, %d bytes; head %s\n", dir, rep.Links, rep.Files, rep.Bytes, rep.Head)
		if rep.Stamps > 0 {
			fmt.Fprintf(a.Stdout, "  link %d was time-stamped at %s, says the authority; check its signature with openssl ts -verify\n", rep.StampedLink, rep.StampedAt.Format(time.RFC3339))
		}
		if len(rep.Unsealed) > 0 {
			fmt.Fprintf(a.Stdout, "  not sealed yet, so nothing vouches for them: %s\n", strings.Join(rep.Unsealed, " "))
		}
	}
	if blobs := filepath.Join(target, "blobs"); dirExists(blobs) {
		checked = true
		rep, err := archive.VerifyBlobs(blobs)
		if err != nil {
			return fmt.Errorf("NOT WHOLE: %w", err)
		}
		fmt.Fprintf(a.Stdout, "%s: whole; %d files, %d bytes\n", blobs, rep.Files, rep.Bytes)
	}
	if !checked {
		return fmt.Errorf("%s holds no archive and no blobs", target)
	}
	return nil
}

func dirExists(p string) bool {
	i, err := os.Stat(p)
	return err == nil && i.IsDir()
}
