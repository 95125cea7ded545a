package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"respawn/tracker"
)

// A Delivery is one alert on its way to one channel.
type Delivery struct {
	Alert    tracker.Alert
	Channel  string
	Attempts int // that failed so far
}

// An Outbox keeps deliveries until they have arrived. It is the store, seen from
// here; safe for concurrent use.
type Outbox interface {
	// Due are up to limit deliveries that may be tried at now, longest due first.
	Due(ctx context.Context, now time.Time, limit int) ([]Delivery, error)
	Delivered(ctx context.Context, key, channel string) error
	// Failed records a try that did not arrive and when the next one may be.
	Failed(ctx context.Context, key, channel string, next time.Time, cause string) error
}

const (
	firstWait = 2 * time.Second
	maxWait   = time.Hour
	batch     = 50
)

// A Pump sends what is due.
type Pump struct {
	Outbox   Outbox
	Channels []Channel
	Now      func() time.Time
	Log      *slog.Logger
}

// Once sends everything that is due now and says how many arrived and how many
// did not. A delivery to a channel that is no longer configured stays in the
// outbox. After a channel failed, its other deliveries wait for the next round: a
// receiver that is down is asked once, not once for each alert. An error means
// that the outbox could not be read or written.
func (p *Pump) Once(ctx context.Context) (sent, failed int, err error) {
	channels := map[string]Channel{}
	for _, c := range p.Channels {
		channels[c.Name()] = c
	}
	down := map[string]bool{}
	seen := map[string]bool{}
	for ctx.Err() == nil {
		due, err := p.Outbox.Due(ctx, p.Now(), batch)
		if err != nil {
			return sent, failed, err
		}
		progress := false
		for _, d := range due {
			c := channels[d.Channel]
			if c == nil || seen[d.Alert.Key+"\x00"+d.Channel] {
				continue
			}
			seen[d.Alert.Key+"\x00"+d.Channel] = true
			progress = true
			cause := errors.New("waiting for the channel to come back")
			if !down[d.Channel] {
				cause = c.Send(ctx, d.Alert)
			}
			if ctx.Err() != nil {
				return sent, failed, nil // stopped in the middle of a try: it stays due
			}
			if cause == nil {
				sent++
				if err := p.Outbox.Delivered(ctx, d.Alert.Key, d.Channel); err != nil {
					return sent, failed, err
				}
				continue
			}
			failed++
			down[d.Channel] = true
			next := p.Now().Add(wait(d.Attempts, cause))
			p.Log.Warn("alert not delivered", "key", d.Alert.Key, "channel", d.Channel, "attempts", d.Attempts+1, "next", next, "err", cause)
			if err := p.Outbox.Failed(ctx, d.Alert.Key, d.Channel, next, cause.Error()); err != nil {
				return sent, failed, err
			}
		}
		if !progress || len(due) < batch {
			break
		}
	}
	return sent, failed, nil
}

// wait doubles from two seconds to an hour, with jitter, or is what the receiver
// asked for.
func wait(attempts int, cause error) time.Duration {
	var r *RetryError
	if errors.As(cause, &r) {
		return r.After
	}
	d := firstWait << min(attempts, 11)
	d = min(d, maxWait)
	return d + rand.N(d/5+1)
}

// Run sends what is due, every interval, until ctx is done; then it returns nil.
// Wake brings the next round forward.
func (p *Pump) Run(ctx context.Context, interval time.Duration, wake <-chan struct{}) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if _, _, err := p.Once(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error("outbox", "err", fmt.Errorf("alerts wait in the database: %w", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-wake:
		}
	}
}
