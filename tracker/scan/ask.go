package scan

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"respawn/tracker"
)

// An Answer is what one careful question learned. Bad news is an answer; the
// error beside it in the interfaces below means that we could not ask at all.
type Answer struct {
	Outcome tracker.Outcome
	Reason  tracker.Reason
	Server  string // who said so, also on bad news
	Raw     []byte // the bytes that it said, nil if none
	Facts   *tracker.Facts
}

// A Canary is what one path said about names whose answers are known.
type Canary struct {
	Path string `json:"path"` // the resolver or other path that was tried
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // what was wrong, for people
}

// Bulk asks about many names at once. Safe for concurrent use; it retries and
// keeps its own pace.
type Bulk interface {
	// Sweep asks one NS question about each name and calls out, from one goroutine,
	// once for each. What seems to exist has been doubted before: it is Present only
	// where names that cannot exist under its public suffix do not, or where it has
	// a delegation of its own; else Wildcard, or Unknown where that could not be
	// learned. It returns an error only when questions could not be put.
	Sweep(ctx context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) error
}

// A Resolver asks the naming system. Safe for concurrent use; it retries and
// keeps its own pace.
type Resolver interface {
	Bulk
	// Look asks a recursive resolver everything about a name.
	Look(ctx context.Context, n tracker.Name) (Answer, error)
	// Delegation asks the parent zone's own servers who serves the name.
	Delegation(ctx context.Context, n tracker.Name) (Answer, error)
	// Canaries asks each path about names whose answers are known.
	Canaries(ctx context.Context) ([]Canary, error)
}

// A Registrar asks registries about a registrable domain, by RDAP or WHOIS.
type Registrar interface {
	Lookup(ctx context.Context, n tracker.Name) (Answer, error)
	// Registrant asks the registrar to whose record the registry's answer links
	// (Registration.Related). It says who has the name and proves nothing else.
	Registrant(ctx context.Context, n tracker.Name, registry Answer) (Answer, error)
}

// A Visit is what a crawl of one site brought back.
type Visit struct {
	Outcome tracker.Outcome // Present: a server answered; Absent: refused; Unknown
	Reason  tracker.Reason
	Web     *tracker.Web    // nil where no server answered
	Capture tracker.Capture // raw
	Content tracker.Digest  // of what was seen without the times; the identity of a fingerprint
	// Fingerprint is that of Content under the rule in force, where judging the
	// pages has made it; nil where it was not made now, and then the stage that
	// derives makes it from the stored bytes if it has to.
	Fingerprint *tracker.Fingerprint
}

// A Site is what is to be visited, and what is known of it.
type Site struct {
	Name tracker.Name
	DNS  *tracker.DNS // nil where it is not known
	// Previous are the facts of the last visit, where a look at the front page is enough
	// to tell that nothing changed since; else nil.
	Previous *tracker.Web
	// Readers are the countries whose readers it is for, INT for no one country; nil
	// where the case says nothing of any country.
	Readers []string
	// Cloaked says that visitors were told apart when facts were last learned.
	Cloaked bool
}

// A Crawler visits sites. Where Previous is given, the front page is looked at
// first, and if it is what it was then, nothing else is asked and the facts are
// those of Previous; without it every kind of visitor looks, and at the side pages
// too. Who comes from which country follows from Readers.
type Crawler interface {
	Visit(ctx context.Context, s Site) (Visit, error)
}

// Blobs keeps raw bytes by digest. What was put is there for every process at
// once; Sync returns when it would outlast a power cut too.
type Blobs interface {
	Sync() error
	Put(ctx context.Context, b []byte) (tracker.Digest, error)
	Get(ctx context.Context, d tracker.Digest) ([]byte, error)
}

// A Job is a piece of asking. Its run and arguments are its identity.
type Job struct {
	Kind string
	Run  tracker.RunID
	Args json.RawMessage
}

// A Queue keeps jobs until they are done. Insert stands in the transaction that
// caused the jobs: both are committed, or neither.
type Queue interface {
	Insert(ctx context.Context, tx Tx, jobs []Job) error
	// Drain waits until no job of the run is left, and says how many ended in
	// failure after all their tries.
	Drain(ctx context.Context, run tracker.RunID, progress func(done, total int)) (failed int, err error)
}

// Known is a name that is looked at every night: it exists, stands in the case,
// or something revealed it.
type Known struct {
	Name       tracker.Name
	Rule       string       // same-label, redirect, certificate, outbound, ...
	From       tracker.Name // the watched name it was made from
	RevealedBy tracker.Name // the site that revealed it; empty for generated names and those of feeds
	Feed       string       // the feed and its entry that brought it, in words; empty for others
	Since      time.Time
}

// A StoredBatch is a batch with its place in the order of commits.
type StoredBatch struct {
	Seq int64
	tracker.Batch
}

// A Reader reads what is committed, or, inside a transaction, what that sees.
type Reader interface {
	Case(ctx context.Context, id tracker.CaseID) (*tracker.Case, error)
	Runs(ctx context.Context, id tracker.CaseID) ([]tracker.Run, error)
	Run(ctx context.Context, id tracker.RunID) (tracker.Run, error)
	HasBatch(ctx context.Context, run tracker.RunID, key string) (bool, error)
	// Batches are those of a case past a sequence number, oldest first.
	Batches(ctx context.Context, id tracker.CaseID, after int64) ([]StoredBatch, error)
	Known(ctx context.Context, id tracker.CaseID) ([]Known, error)
	// Observations yields those of the names, by name, then time. Facts are shared.
	Observations(ctx context.Context, names []tracker.Name, yield func(*tracker.Observation) error) error
	// BatchObservations yields those of one batch.
	BatchObservations(ctx context.Context, seq int64, yield func(*tracker.Observation) error) error
	// LastBatch is the highest sequence number of a batch of the case, 0 for none.
	LastBatch(ctx context.Context, id tracker.CaseID) (int64, error)
	// Fingerprint is nil where the content was not fingerprinted under the rule.
	Fingerprint(ctx context.Context, content tracker.Digest, rule string) (*tracker.Fingerprint, error)
	Links(ctx context.Context, id tracker.CaseID) ([]tracker.Link, error)
	// LinkHistory is every change of band or relation of every pair, oldest first.
	LinkHistory(ctx context.Context, id tracker.CaseID) ([]tracker.Link, error)
	States(ctx context.Context, id tracker.CaseID) ([]tracker.State, error)
	// Rejected are the pairs, new name first, that people rejected, with their reasons.
	Rejected(ctx context.Context, id tracker.CaseID) (map[[2]tracker.Name]string, error)
	Cursor(ctx context.Context, stage string, id tracker.CaseID) (int64, error)
}

// A Tx is one write transaction.
type Tx interface {
	Reader
	// BeginRun starts the run of a scheduled time, or finds the one that was
	// started; fresh says which.
	BeginRun(ctx context.Context, id tracker.CaseID, scheduledAt, now time.Time) (run tracker.Run, fresh bool, err error)
	FinishRun(ctx context.Context, run tracker.Run) error
	// AppendBatch stores a batch whole; stored is false where it was there already.
	AppendBatch(ctx context.Context, b tracker.Batch, obs []tracker.Observation) (stored bool, err error)
	// AddKnown adds names, leaving those that are known as they are, and returns
	// the new ones.
	AddKnown(ctx context.Context, id tracker.CaseID, batchKey string, names []Known) ([]Known, error)
	PutCapture(ctx context.Context, n tracker.Name, at time.Time, vantage string, capture, content tracker.Digest) error
	PutFingerprint(ctx context.Context, content tracker.Digest, f *tracker.Fingerprint) error
	PutLinks(ctx context.Context, id tracker.CaseID, links []tracker.Link) error
	PutProjection(ctx context.Context, id tracker.CaseID, n tracker.Name, st tracker.State, ts []tracker.Transition, ls []tracker.Lifespan) error
	// PutAlerts stores alerts with keys that are new and returns those; channels
	// are told later, from the same rows.
	PutAlerts(ctx context.Context, alerts []tracker.Alert) ([]tracker.Alert, error)
	SetCursor(ctx context.Context, stage string, id tracker.CaseID, seq int64) error
}

// A Store is where stages meet.
type Store interface {
	Reader
	Write(ctx context.Context, fn func(Tx) error) error
}
