package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"respawn/tracker"
)

// A Channel delivers one alert. An error means that it did not arrive, as far as
// we know; it is sent again. Safe for concurrent use.
type Channel interface {
	// Name tells channels apart in the outbox; it holds no secret.
	Name() string
	Send(ctx context.Context, a tracker.Alert) error
}

// A Webhook posts alerts as JSON. Three headers let the receiver check them:
//
//	X-Respawn-Timestamp: seconds since 1970 when it was sent
//	X-Respawn-Signature: sha256=hex(HMAC-SHA256(secret, timestamp + "." + body))
//	Idempotency-Key:     the alert's key, the same on every try
//
// Without a secret the signature header is left out.
type Webhook struct {
	name   string
	url    string
	secret []byte
	client *http.Client
	now    func() time.Time
}

// NewWebhook checks the URL (http or https, with a host). client must bring its
// own time limit; now is the clock of the timestamp header.
func NewWebhook(rawURL, secret string, client *http.Client, now func() time.Time) (*Webhook, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("alerts: a webhook needs an http:// or https:// URL")
	}
	// The path and query may hold a token; the outbox and the logs see the host and
	// a digest.
	sum := sha256.Sum256([]byte(rawURL))
	return &Webhook{name: "webhook:" + u.Host + ":" + hex.EncodeToString(sum[:4]), url: rawURL, secret: []byte(secret), client: client, now: now}, nil
}

// Name is the host of the receiver and a digest of the whole URL.
func (w *Webhook) Name() string { return w.name }

// Send posts the alert once. Anything but a 2xx is an error; one that the
// receiver dates with Retry-After is a [RetryError].
func (w *Webhook) Send(ctx context.Context, a tracker.Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("alert %s: %w", a.Key, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("alerts: the webhook's URL cannot be used")
	}
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", a.Key)
	req.Header.Set("X-Respawn-Timestamp", stamp)
	if len(w.secret) > 0 {
		req.Header.Set("X-Respawn-Signature", Sign(w.secret, stamp, body))
	}
	res, err := w.client.Do(req)
	if err != nil {
		// A url.Error repeats the whole URL, which may hold a token.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("%s: %w", w.name, err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("%s answered %s", w.name, res.Status)
	if s, convErr := strconv.Atoi(res.Header.Get("Retry-After")); convErr == nil && s > 0 {
		return &RetryError{After: min(time.Duration(s)*time.Second, maxWait), Err: err}
	}
	return err
}

// Sign is the value of X-Respawn-Signature.
func Sign(secret []byte, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(timestamp))
	m.Write([]byte{'.'})
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// A RetryError is a refusal with the receiver's own word on when to come back.
type RetryError struct {
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap is the refusal.
func (e *RetryError) Unwrap() error { return e.Err }
