package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"respawn/internal/netsim"
	"respawn/tracker/casefile"
	"respawn/tracker/scan"
)

func (a *app) worldCommand() *cobra.Command {
	c := &cobra.Command{Use: "world", Short: "Serve a miniature Internet from a world file (docs/world.md)"}
	var dns, socks, out string
	serve := &cobra.Command{
		Use:   "serve FILE",
		Short: "Serve a world on loopback and print a configuration for it",
		Long: `serve answers DNS (UDP and TCP) and a SOCKS5 proxy on loopback, so that dig and
curl --socks5-hostname can look at the world as it stands at --at, and prints a
respawn.yaml with which every command works on it. It runs until it is stopped.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			w, err := netsim.Load(args[0])
			if err != nil {
				return err
			}
			o := netsim.Options{DNS: dns, SOCKS: socks}
			if a.at != "" {
				if o.At, err = parseTime(a.at); err != nil {
					return err
				}
			}
			s, err := netsim.Start(c.Context(), w, o)
			if err != nil {
				return err
			}
			defer s.Close()
			cfg := worldConfig(s.Settings(), w, filepath.Dir(args[0]))
			if err := writeConfig(a.Stdout, cfg, fmt.Sprintf("The world %q as it stands at %s.", w.Title, s.Now().Format("2006-01-02 15:04"))); err != nil {
				return err
			}
			if out != "" {
				f, err := os.Create(out)
				if err != nil {
					return err
				}
				if err := writeConfig(f, cfg, w.Title); err != nil {
					return err
				}
				if err := f.Close(); err != nil {
					return err
				}
			}
			fmt.Fprintf(a.Stderr, "respawn: serving until stopped; try: dig @%s -p %s example.com\n", host(s.DNSAddr().String()), port(s.DNSAddr().String()))
			<-c.Context().Done()
			return nil
		},
	}
	serve.Flags().StringVar(&dns, "dns", "127.0.0.1:0", "`address` of the resolver, UDP and TCP")
	serve.Flags().StringVar(&socks, "socks", "127.0.0.1:0", "`address` of the SOCKS5 proxy")
	serve.Flags().StringVar(&out, "write", "", "also write the configuration to this `file`")
	c.AddCommand(serve)
	return c
}

func host(addr string) string {
	h, _, _ := strings.Cut(addr, ":")
	return h
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// worldConfig is the configuration of a careful researcher who lives in a world
// on loopback: its resolver, roots, proxy and registries, an exit in each country
// that the case names, and no waiting, since nobody else is there to be polite to.
func worldConfig(s netsim.Settings, w *netsim.World, dir string) Config {
	c := defaultConfig()
	c.Resolvers, c.Roots = s.Resolvers, s.Roots
	c.Egress.Proxy, c.Egress.AllowNetworks = s.Proxy, s.AllowNetworks
	c.Registration.RDAP.Bootstrap, c.Registration.RDAP.Servers = s.RDAPBootstrap, s.RDAPServers
	c.Registration.Whois.Servers = s.WHOISServers
	c.Canaries.Present = s.Canaries
	c.Feeds.CT.Logs = []Feed{{Name: "certificates", URL: s.CertLog, Key: s.CertLogKey}}
	c.Rate = Rate{}
	c.Crawl.Screenshots = false
	// What does not answer at once in a world on this machine never will.
	c.Crawl.Timeout, c.Registration.Timeout = Duration(2*time.Second), Duration(2*time.Second)
	c.Contact = "https://example.com/respawn-demo"
	if w.Case != "" {
		p := filepath.Join(dir, filepath.FromSlash(w.Case))
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
		c.Cases = []string{p}
		c.Vantages = worldVantages(s, p)
	}
	return c
}

// worldVantages are home and one exit for each other country that the case names. A
// file that gives no case leaves home alone: its import says what is wrong with it.
func worldVantages(s netsim.Settings, file string) []Vantage {
	out := []Vantage{{Name: "home", Country: s.Home}}
	c, _, err := casefile.Load(openFile, file)
	if err != nil || s.Proxy == "" {
		return out
	}
	for _, country := range scan.Countries(&c) {
		if country != s.Home {
			out = append(out, Vantage{Name: strings.ToLower(country), Country: country, Proxy: s.Exit(country)})
		}
	}
	return out
}

func writeConfig(w io.Writer, c Config, about string) error {
	b, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# %s\n# Rates are lifted: in a world of our own there is nobody to be polite to.\n%s", about, b)
	return err
}

// startWorld loads and serves a world for demo.
func startWorld(ctx context.Context, file string) (*netsim.World, *netsim.Server, error) {
	w, err := netsim.Load(file)
	if err != nil {
		return nil, nil, err
	}
	s, err := netsim.Start(ctx, w, netsim.Options{})
	return w, s, err
}
