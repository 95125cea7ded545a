package netsim

import "time"

// RegisteredAt is the instant of registration: registered, plus registered_time
// (noon when absent) if the file gave only a day.
func (s *Site) RegisteredAt() time.Time {
	if !s.Registered.IsDay() {
		return s.Registered.Time
	}
	if s.RegisteredTime.set {
		return s.Registered.Add(s.RegisteredTime.Duration)
	}
	return s.Registered.Add(12 * time.Hour)
}

// Due returns the first night on which an expected replacement can be found:
// the one it names, else the first after its registration, and never one before
// the calendar. It is zero for a name that is no site of the world or that is
// registered after the last night.
func (w *World) Due(r ExpectedReplacement) time.Time {
	at := r.From.Time
	if at.IsZero() {
		for i := range w.Sites {
			if s := &w.Sites[i]; s.Name == r.Name && (at.IsZero() || s.RegisteredAt().Before(at)) {
				at = s.RegisteredAt()
			}
		}
	}
	if at.IsZero() {
		return at
	}
	for i := range w.Nights() {
		if n := w.Night(i); !n.Before(at) {
			return n
		}
	}
	return time.Time{}
}

// At returns the state of the site at an instant, and false when the name is
// not registered then.
func (s *Site) At(now time.Time) (State, bool) {
	if now.Before(s.RegisteredAt()) || !s.Dropped.IsZero() && !now.Before(s.Dropped.Time) {
		return State{}, false
	}
	st := s.State
	updated := s.RegisteredAt()
	for i := range s.Timeline {
		p := &s.Timeline[i]
		if now.Before(p.From.Time) {
			break
		}
		if st.merge(&p.State) && p.From.After(updated) {
			updated = p.From.Time
		}
	}
	if st.Updated.IsZero() {
		st.Updated = Instant{Time: updated}
	}
	return st, true
}

// merge lays the fields that o names over s and reports whether one of them
// belongs to the registration.
func (s *State) merge(o *State) (registration bool) {
	if o.Registrar != "" {
		s.Registrar, registration = o.Registrar, true
	}
	if o.Statuses != nil {
		s.Statuses, registration = o.Statuses, true
	}
	if !o.Expires.IsZero() {
		s.Expires, registration = o.Expires, true
	}
	if !o.Updated.IsZero() {
		s.Updated, registration = o.Updated, true
	}
	if o.Registrant != nil {
		s.Registrant, registration = o.Registrant, true
	}
	if o.Nameservers != nil {
		s.Nameservers, registration = o.Nameservers, true
	}
	if o.Host != "" {
		// Naming a host takes back addresses given earlier, and the other way round.
		s.Host, s.Addresses = o.Host, nil
	}
	if o.Addresses != nil {
		s.Addresses, s.Host = o.Addresses, ""
	}
	if o.TTL != 0 {
		s.TTL = o.TTL
	}
	if o.Records != nil {
		s.Records = o.Records
	}
	if o.Web != nil {
		s.Web = o.Web
	}
	if o.Certificate != nil {
		s.Certificate = o.Certificate
	}
	if o.Subdomains != nil {
		s.Subdomains = o.Subdomains
	}
	return registration
}
