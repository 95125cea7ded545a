package lifecycle

import "respawn/tracker"

// Events of [tracker.Transition], by the axis that they stand on. docs/lifecycle.md
// explains each; a test holds the two together.
const (
	// Of the status.
	Found     = "found"     // the first status of a name, nothing known before
	Birth     = "birth"     // alive, and known not to have been before
	Dormant   = "dormant"   // alive -> no page or no DNS; may wake
	Revive    = "revive"    // awake again: the same life goes on
	Takeover  = "takeover"  // any -> seized
	Claim     = "claim"     // any -> one signal of a seizure
	Suspend   = "suspend"   // any -> suspended
	Lapse     = "lapse"     // any -> expired or unregistered
	Park      = "park"      // any -> parked
	Register  = "register"  // unregistered -> registered, not alive
	Return    = "return"    // alive after a life that was taken away, by the same operator
	Reuse     = "reuse"     // alive after a life that was taken away, nothing links it to that life
	Change    = "change"    // another kind of alive, or another kind of not alive
	Stale     = "stale"     // nothing heard for long -> unknown; ends no life
	Resighted = "resighted" // heard of again, as it was before it went stale

	// Of the registration. Also Found, Register and Lapse.
	ReRegistered = "re-registered" // a new registration of an old name: the next incarnation
	Correction   = "correction"    // "unregistered" is withdrawn: the creation date is the old one

	// Of the DNS. Also Found.
	Appear = "appear" // delegated or resolving after absence
	Vanish = "vanish" // absent
	Move   = "move"   // with addresses or without

	// Of the web. Also Found.
	Page    = "page"    // another class of page
	Fail    = "fail"    // refused connections, server errors, nothing to see
	Recover = "recover" // a page after failure
	Unreach = "unreach" // without address there is nobody to ask

	// Of control. Also Found, Takeover, Claim, Suspend and Park.
	Unseize   = "unseize"   // the delegation has left the seizure
	Unsuspend = "unsuspend" // a hold or suspension is lifted
	Release   = "release"   // back to an operator from anything else
	Forfeit   = "forfeit"   // expired, sinkholed, or free: in nobody's hands

	// Of the link.
	Link   = "link"   // linked to a case name, not yet probably
	Hop    = "hop"    // probably or certainly the replacement of a case name
	Unlink = "unlink" // the link grew weaker
)

// Events returns the events that can stand on an axis.
func Events(a tracker.Axis) []string {
	switch a {
	case tracker.AxisStatus:
		return []string{Found, Birth, Dormant, Revive, Takeover, Claim, Suspend, Lapse, Park, Register, Return, Reuse, Change, Stale, Resighted}
	case tracker.AxisRegistration:
		return []string{Found, Register, Lapse, ReRegistered, Correction}
	case tracker.AxisDNS:
		return []string{Found, Appear, Vanish, Move}
	case tracker.AxisWeb:
		return []string{Found, Page, Fail, Recover, Unreach}
	case tracker.AxisControl:
		return []string{Found, Takeover, Claim, Suspend, Park, Unseize, Unsuspend, Release, Forfeit}
	case tracker.AxisLink:
		return []string{Link, Hop, Unlink}
	}
	return nil
}

// Values returns the values that an axis can take, besides "unknown".
func Values(a tracker.Axis) []string {
	switch a {
	case tracker.AxisStatus:
		return []string{string(tracker.StatusUnregistered), string(tracker.StatusNoDNS), string(tracker.StatusSuspended), string(tracker.StatusResolving),
			string(tracker.StatusParked), string(tracker.StatusLive), string(tracker.StatusRedirecting), string(tracker.StatusCloaked),
			string(tracker.StatusChallenged), string(tracker.StatusSeized), string(tracker.StatusSeizedClaimed), string(tracker.StatusExpired)}
	case tracker.AxisRegistration:
		return []string{unregistered, registered, expiring}
	case tracker.AxisDNS:
		return []string{absent, delegated, resolving}
	case tracker.AxisWeb:
		return []string{webLive, webCloaked, webRedirecting, webChallenged, webBlocked, webParked, webNotice, webSuspended, webEmpty, webError, webNone}
	case tracker.AxisControl:
		return []string{operator, seized, claimed, registrarHold, registryHold, verificationHold, suspended, expired, sinkhole, parked}
	case tracker.AxisLink:
		return []string{string(tracker.BandUnlikely), string(tracker.BandPossible), string(tracker.BandProbable), string(tracker.BandConfirmed), linkNone}
	}
	return nil
}

// Causes of death in [tracker.Lifespan].
const (
	CauseSeized    = "seized"
	CauseClaimed   = "claimed" // a notice or an agency's name server, without a second signal
	CauseSuspended = "suspended"
	CauseExpired   = "expired"
	CauseDormant   = "dormant" // gone dark, by whomever; may wake, and then it was no death
)
