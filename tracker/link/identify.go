package link

import "respawn/tracker"

// Identifies says whether a site that keeps a value of this kind is in the hands that
// it was in: an account, a token or a contact that one operator chose or was given.
// Icons and keys are none, which a host or a theme gives to all that use it.
func Identifies(kind string) bool {
	k := kinds[kind]
	return k.role == identity && (k.group == tracker.GroupTracking || k.group == tracker.GroupContact)
}
