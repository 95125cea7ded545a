package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Config is respawn.yaml. Every key can be set from the environment too:
// RESPAWN_ and the path of the key in capitals, RESPAWN_RATE_DNS=100; lists are
// divided by commas. The comments in config.yaml.tmpl, which `respawn init`
// writes, say unit, default and consequence of each.
type Config struct {
	DataDir      string       `yaml:"data_dir"`
	Database     string       `yaml:"database"`
	Cases        []string     `yaml:"cases"`
	Schedule     Schedule     `yaml:"schedule"`
	Resolvers    []string     `yaml:"resolvers"`
	Roots        []string     `yaml:"roots"`
	Sweep        Sweep        `yaml:"sweep"`
	Rate         Rate         `yaml:"rate"`
	Egress       Egress       `yaml:"egress"`
	Vantages     []Vantage    `yaml:"vantages"`
	Registration Registration `yaml:"registration"`
	Crawl        Crawl        `yaml:"crawl"`
	Canaries     Canaries     `yaml:"canaries"`
	Alerts       []Channel    `yaml:"alerts"`
	Timestamps   Timestamps   `yaml:"timestamps"`
	Feeds        Feeds        `yaml:"feeds"`
	Contact      string       `yaml:"contact"`
	CAFile       string       `yaml:"ca_file"`
	ASNFile      string       `yaml:"asn_file"`

	path string // of the file it came from; "" = built-in defaults
}

// Schedule says when `serve` scans.
type Schedule struct {
	Cron         string       `yaml:"cron"`
	Jitter       Duration     `yaml:"jitter"`
	AfterSeizure AfterSeizure `yaml:"after_seizure"`
	SilentAfter  Duration     `yaml:"silent_after"`
}

// AfterSeizure is the closer watch after a seizure was entered.
type AfterSeizure struct {
	For   Duration `yaml:"for"`
	Every Duration `yaml:"every"`
}

// Sweep says how many names a night asks for.
type Sweep struct {
	FullFor       Duration `yaml:"full_for"`
	Budget        int      `yaml:"budget"`
	CoverAllEvery Duration `yaml:"cover_all_every"`
}

// Rate limits what we ask of others, in questions per second; 0 lifts the limit.
type Rate struct {
	DNS          float64 `yaml:"dns"`
	PerSuffix    float64 `yaml:"per_suffix"`
	Registration float64 `yaml:"registration"`
}

// Egress is the one door to the network.
type Egress struct {
	Proxy         string   `yaml:"proxy"`
	AllowNetworks []string `yaml:"allow_networks"`
	AllowPorts    []int    `yaml:"allow_ports"`
}

// A Vantage is a place to look from.
type Vantage struct {
	Name    string `yaml:"name"`
	Country string `yaml:"country"`
	Proxy   string `yaml:"proxy"`
}

// proxyOf is the proxy of a vantage: its own, else that of egress. No vantage goes
// round the latter, whichever place it has in the list.
func (c *Config) proxyOf(v Vantage) string { return cmp.Or(v.Proxy, c.Egress.Proxy) }

// Registration says where registration data is asked.
type Registration struct {
	RDAP    RDAP     `yaml:"rdap"`
	Whois   Whois    `yaml:"whois"`
	Timeout Duration `yaml:"timeout"`
	// KeepContacts keeps registrants' cleartext for as long as it says; 0 = hashes
	// only.
	KeepContacts Duration `yaml:"keep_contacts"`
}

// RDAP holds the overrides of the IANA bootstrap.
type RDAP struct {
	Enabled   bool              `yaml:"enabled"`
	Bootstrap string            `yaml:"bootstrap"`
	Servers   map[string]string `yaml:"servers"`
}

// Whois holds the overrides of IANA's referrals.
type Whois struct {
	Enabled bool              `yaml:"enabled"`
	Servers map[string]string `yaml:"servers"`
}

// Crawl says how sites are visited.
type Crawl struct {
	// Unnamed has one more visitor come without contact.
	Unnamed     bool     `yaml:"unnamed"`
	Robots      string   `yaml:"robots"`
	Timeout     Duration `yaml:"timeout"`
	Screenshots bool     `yaml:"screenshots"`
	Workers     int      `yaml:"workers"`
}

// Canaries are names whose answers are known.
type Canaries struct {
	Present []string `yaml:"present"`
	Absent  bool     `yaml:"absent"`
}

// Timestamps says who vouches for the date of the archive.
type Timestamps struct {
	URL string `yaml:"url"`
}

// A Channel is where alerts go.
type Channel struct {
	Type      string `yaml:"type"`
	URL       string `yaml:"url"`
	SecretEnv string `yaml:"secret_env"`
}

// defaultConfig is the configuration of someone who wrote none.
func defaultConfig() Config {
	return Config{
		DataDir:      "./respawn-data",
		Cases:        []string{"cases/*.csv"},
		Schedule:     Schedule{Cron: "0 2 * * *", Jitter: Duration(10 * time.Minute), AfterSeizure: AfterSeizure{Duration(72 * time.Hour), Duration(30 * time.Minute)}, SilentAfter: Duration(36 * time.Hour)},
		Sweep:        Sweep{FullFor: Duration(14 * 24 * time.Hour), Budget: 5000, CoverAllEvery: Duration(7 * 24 * time.Hour)},
		Rate:         Rate{DNS: 500, PerSuffix: 20, Registration: 1},
		Vantages:     []Vantage{{Name: "home"}},
		Registration: Registration{RDAP: RDAP{Enabled: true}, Whois: Whois{Enabled: true}, Timeout: Duration(20 * time.Second)},
		Crawl:        Crawl{Unnamed: true, Robots: "obey", Timeout: Duration(30 * time.Second), Screenshots: true, Workers: 8},
		Canaries:     Canaries{Present: []string{"example.com", "iana.org", "wikipedia.org"}, Absent: true},
	}
}

// loadConfig reads the file, then the environment. An empty path means
// ./respawn.yaml if it is there. Relative paths inside count from the folder of
// the file. An unknown key is an error that names its line.
func loadConfig(path string, getenv func(string) string) (Config, error) {
	c := defaultConfig()
	explicit := path != ""
	if !explicit {
		path = "respawn.yaml"
	}
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		dec := yaml.NewDecoder(bytes.NewReader(b))
		dec.KnownFields(true)
		if err := dec.Decode(&c); err != nil && !strings.Contains(err.Error(), "EOF") {
			return c, fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		c.path = path
	case errors.Is(err, fs.ErrNotExist) && !explicit:
	default:
		return c, fmt.Errorf("configuration: %w", err)
	}
	if err := overlay(reflect.ValueOf(&c).Elem(), "RESPAWN", getenv); err != nil {
		return c, err
	}
	c.resolvePaths()
	return c, c.check()
}

func (c *Config) resolvePaths() {
	if c.path == "" {
		return
	}
	dir := filepath.Dir(c.path)
	rel := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) && !strings.Contains(*p, "://") {
			*p = filepath.Join(dir, *p)
		}
	}
	rel(&c.DataDir)
	rel(&c.CAFile)
	rel(&c.ASNFile)
	rel(&c.Registration.RDAP.Bootstrap)
	for i := range c.Cases {
		rel(&c.Cases[i])
	}
	rel(&c.Feeds.CT.LogList)
	for _, fs := range [][]Feed{c.Feeds.Zones, c.Feeds.Lists} {
		for i := range fs {
			rel(&fs[i].File)
		}
	}
}

func (c *Config) check() error {
	switch {
	case c.Sweep.Budget < 0:
		return fmt.Errorf("sweep.budget is %d: want 0 or more", c.Sweep.Budget)
	case c.Sweep.CoverAllEvery < Duration(24*time.Hour):
		return fmt.Errorf("sweep.cover_all_every is %s: want at least 24h", c.Sweep.CoverAllEvery)
	case c.Rate.DNS < 0 || c.Rate.PerSuffix < 0 || c.Rate.Registration < 0:
		return errors.New("rate: a rate below zero; 0 lifts the limit")
	case len(c.Vantages) == 0:
		return errors.New("vantages: want at least one")
	case c.Crawl.Timeout <= 0 || c.Registration.Timeout <= 0:
		return errors.New("crawl.timeout and registration.timeout: want more than 0")
	case c.Crawl.Workers < 1:
		return fmt.Errorf("crawl.workers is %d: want at least 1", c.Crawl.Workers)
	case c.Crawl.Robots != "obey" && c.Crawl.Robots != "ignore":
		return fmt.Errorf("crawl.robots is %q: want obey or ignore", c.Crawl.Robots)
	}
	if u := c.Timestamps.URL; u != "" && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
		return fmt.Errorf("timestamps.url is %q: want https:// or http://", u)
	}
	for i, ch := range c.Alerts {
		if ch.Type != "webhook" {
			return fmt.Errorf("alerts[%d].type is %q: want webhook", i, ch.Type)
		}
	}
	return nil
}

// overlay lets RESPAWN_A_B replace key a.b.
func overlay(v reflect.Value, prefix string, getenv func(string) string) error {
	t := v.Type()
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		if key == "" {
			continue
		}
		name, f := prefix+"_"+strings.ToUpper(key), v.Field(i)
		if f.Kind() == reflect.Struct {
			if err := overlay(f, name, getenv); err != nil {
				return err
			}
			continue
		}
		s := getenv(name)
		if s == "" {
			continue
		}
		if err := setValue(f, s); err != nil {
			return fmt.Errorf("%s=%s: %w", name, s, err)
		}
	}
	return nil
}

func setValue(f reflect.Value, s string) error {
	if d, ok := f.Addr().Interface().(*Duration); ok {
		return d.parse(s)
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("want true or false")
		}
		f.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("want a whole number")
		}
		f.SetInt(int64(n))
	case reflect.Float64:
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return errors.New("want a number")
		}
		f.SetFloat(n)
	default:
		// Lists and maps are written in YAML's flow style; a plain list of words may
		// be divided by commas.
		if f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String && !strings.HasPrefix(s, "[") {
			f.Set(reflect.ValueOf(strings.Split(s, ",")))
			return nil
		}
		return yaml.Unmarshal([]byte(s), f.Addr().Interface())
	}
	return nil
}

// A Duration is a time.Duration that may also be written in days: 14d.
type Duration time.Duration

func (d Duration) String() string {
	if x := time.Duration(d); x%(24*time.Hour) == 0 && x != 0 {
		return strconv.Itoa(int(x/(24*time.Hour))) + "d"
	}
	return time.Duration(d).String()
}

func (d *Duration) parse(s string) error {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.ParseFloat(n, 64); err == nil {
			*d = Duration(days * float64(24*time.Hour))
			return nil
		}
	}
	x, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("want a duration such as 90s, 30m, 12h or 14d")
	}
	*d = Duration(x)
	return nil
}

// UnmarshalYAML reads 90s, 30m, 12h, 14d.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	if err := d.parse(n.Value); err != nil {
		return fmt.Errorf("line %d: %q: %w", n.Line, n.Value, err)
	}
	return nil
}

// MarshalYAML writes the form that UnmarshalYAML reads.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }
