package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"respawn/tracker"
)

const (
	// shotFailures in a row are the browser's fault and no page's.
	shotFailures = 3
	shotRest     = 10 * time.Minute // that it is then left alone
)

// errKeep says that a picture was taken and could not be kept.
var errKeep = errors.New("keep the picture")

// A camera lets one capture at a time have the browser, which takes more memory
// than all else, and leaves a browser alone that keeps dying.
type camera struct {
	turn    chan struct{} // held by who takes a picture
	missing sync.Once     // said that there is no browser

	failed int       // in a row; guarded by turn
	rests  time.Time // until then; guarded by turn
}

// photograph adds the picture that the capture deserves, or says in it why there
// is none. The error is about what was seen and could not be kept.
func (c *Crawler) photograph(ctx context.Context, out *tracker.Capture) error {
	if c.cfg.Picture == nil {
		return nil
	}
	i := c.cfg.Picture(*out)
	if i < 0 || i >= len(out.Visits) {
		return nil
	}
	shot, err := c.inTurn(ctx, out.Visits[i])
	switch {
	case err == nil:
		out.Screenshot = shot.PNG
		if shot.PHash != 0 {
			out.ScreenshotHash = fmt.Sprintf("%016x", shot.PHash)
		}
		return nil
	case errors.Is(err, errKeep):
		return err
	}
	out.ScreenshotErr = clean(plainError(err), 300)
	if c.cfg.Log == nil {
		return nil
	}
	if errors.Is(err, ErrNoBrowser) {
		c.camera.missing.Do(func() { c.cfg.Log.Warn("captures have no screenshots", "why", err) })
		return nil
	}
	c.cfg.Log.Warn("a capture has no screenshot", "name", out.Name, "why", out.ScreenshotErr)
	return nil
}

// inTurn waits for the browser, no longer than a capture may take, and has it
// open the page of v as v's visitor.
func (c *Crawler) inTurn(ctx context.Context, v tracker.Visit) (Shot, error) {
	if c.cfg.Browser == "" {
		return Shot{}, ErrNoBrowser
	}
	wait, cancel := context.WithTimeout(ctx, c.cfg.Limits.Capture)
	defer cancel()
	select {
	case c.camera.turn <- struct{}{}:
		defer func() { <-c.camera.turn }()
	case <-wait.Done():
		return Shot{}, fmt.Errorf("the browser was busy for %s", c.cfg.Limits.Capture)
	}
	if time.Now().Before(c.camera.rests) {
		return Shot{}, fmt.Errorf("the browser failed %d times in a row and is left alone for %s", shotFailures, shotRest)
	}
	s, err := c.screenshot(ctx, c.cfg.Browser, c.visitorOf(v.Visitor), v.URL)
	if err == nil || ctx.Err() != nil || errors.Is(err, errKeep) || !browsersFault(err) {
		c.camera.failed = 0
		return s, err
	}
	if c.camera.failed++; c.camera.failed >= shotFailures {
		c.camera.failed, c.camera.rests = 0, time.Now().Add(shotRest)
	}
	return s, err
}

// visitorOf is who made the visits of that name: articles are read by the social
// visitor, whatever else has no visitor of its own by the first.
func (c *Crawler) visitorOf(name string) Visitor {
	if name == Article {
		name = Social
	}
	for _, v := range c.cfg.Visitors {
		if v.Name == name {
			return v
		}
	}
	return c.cfg.Visitors[0]
}
