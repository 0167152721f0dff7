package accounts

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"keur/changes"
	"keur/internal/words"
	"keur/labels"
)

// The kinds of change that accounts know.
const (
	changeAdd    = "users.add"
	ChangeUser   = "users.change" // of roles, address and being let in
	changeFactor = "users.factor_reset"
	changeLift   = "users.lift_cooling"

	changeProvider = "providers.save"
)

// altered is a user as somebody wants them, and as they were then.
type altered struct {
	Before User `json:"before"`
	After  User `json:"after"`
}

func (u User) clone() User {
	roles := make(map[labels.ID][]Role, len(u.Roles))
	for label, held := range u.Roles {
		roles[label] = slices.Clone(held)
	}
	u.Roles = roles
	return u
}

// without returns the user with what was there before and no more: what may be
// done at once. Roles, being admin and being let in only ever become less, and
// the address, to which links go that set a password, stays.
func (u User) without(before User) User {
	kept := u.clone()
	kept.Email, kept.Admin = before.Email, before.Admin && u.Admin
	if before.DisabledAt != nil {
		kept.DisabledAt = before.DisabledAt
	}
	for label, roles := range kept.Roles {
		kept.Roles[label] = slices.DeleteFunc(roles, func(r Role) bool { return !slices.Contains(before.Roles[label], r) })
		if len(kept.Roles[label]) == 0 {
			delete(kept.Roles, label)
		}
	}
	return kept
}

// decidesAs reports whether both users may do the same, and get in by the same
// address.
func (u User) decidesAs(v User) bool {
	return u.Email == v.Email && u.Admin == v.Admin && (u.DisabledAt == nil) == (v.DisabledAt == nil) &&
		len(grants(u, v)) == 0 && len(grants(v, u)) == 0
}

// grant is a role under a label.
type grant struct {
	Label labels.ID
	Role  Role
}

// grants returns the roles that after has and before hasn't.
func grants(before, after User) (more []grant) {
	for _, label := range slices.Sorted(maps.Keys(after.Roles)) {
		for _, role := range after.Roles[label] {
			g := grant{label, role}
			if !slices.Contains(before.Roles[label], role) && !slices.Contains(more, g) {
				more = append(more, g)
			}
		}
	}
	return more
}

// rowsOf are the rows that make before into after; of a new user before is
// nobody.
func rowsOf(before, after User) []changes.Row {
	user := changes.Row{"email": after.Email, "admin": after.Admin, "enabled": after.DisabledAt == nil}
	rows := []changes.Row{changes.Insert("users", user)}
	if before.ID != 0 {
		user["id"] = before.ID
		rows[0] = changes.Update("users", user)
	}
	for _, g := range grants(before, after) {
		rows = append(rows, changes.Insert("user_roles", changes.Row{"email": after.Email, "label": g.Label, "role": g.Role}))
	}
	return rows
}

// gains says what after may and before may not: admin, approver for nl.
func gains(before, after User, codes map[labels.ID]string) []words.Message {
	list := []words.Message{}
	if before.DisabledAt != nil && after.DisabledAt == nil {
		list = append(list, words.Of(keyEnabled))
	}
	if after.Admin && !before.Admin {
		list = append(list, words.Of("role.admin"))
	}
	for _, g := range grants(before, after) {
		list = append(list, words.Of("change.role", "role", string(g.Role), "label", codes[g.Label]))
	}
	return list
}

// keyEnabled says that somebody who was disabled may sign in again.
const keyEnabled = "change.enabled"

// said says all that is proposed of a user.
func said(before, after User, codes map[labels.ID]string) words.Message {
	gained := gains(before, after, codes)
	switch added, moved := before.ID == 0, before.Email != after.Email; {
	case added && len(gained) == 0:
		return words.Of("change.user_add", "name", after.Name, "email", after.Email)
	case added:
		return words.Of("change.user_add_with", "name", after.Name, "email", after.Email, "roles", gained)
	case moved && len(gained) == 0:
		return words.Of("change.user_address", "name", after.Name, "before", before.Email, "after", after.Email)
	case moved:
		return words.Of("change.user_address_with", "name", after.Name, "before", before.Email, "after", after.Email, "roles", gained)
	case len(gained) == 1 && gained[0].Key == keyEnabled:
		return words.Of("change.user_enable", "name", after.Name, "email", after.Email)
	}
	return words.Of("change.user_roles", "name", after.Name, "email", after.Email, "roles", gained)
}

func subjectOf(id UserID) string { return fmt.Sprintf("users:%d", id) }

// resetOf proposes to take away what a user has beside the password.
func resetOf(u User) changes.Proposal {
	return changes.Proposal{
		Kind: changeFactor, Subject: subjectOf(u.ID), Payload: u.ID,
		What: words.Of("change.factor_reset", "name", u.Name, "email", u.Email),
		Rows: []changes.Row{
			changes.Delete("second_factors", changes.Row{"user_id": u.ID}), changes.Delete("recovery_codes", changes.Row{"user_id": u.ID}),
			changes.Delete("passkeys", changes.Row{"user_id": u.ID}),
		},
	}
}

// liftOf proposes to let what a user was granted count at once.
func liftOf(u User) changes.Proposal {
	return changes.Proposal{
		Kind: changeLift, Subject: subjectOf(u.ID), Payload: u.ID,
		What: words.Of("change.cooling_lift", "name", u.Name, "email", u.Email),
		Rows: []changes.Row{changes.Insert("cooling_lifts", changes.Row{"user_id": u.ID})},
	}
}

// savedProvider is a provider as somebody wants it, and as it was then.
type savedProvider struct {
	Provider
	Sealed []byte    // the secret
	Before *Provider // nil: there was none
}

// onlyOff reports whether a provider is switched off and no more, which is done
// at once.
func (s savedProvider) onlyOff() bool {
	if s.Before == nil || s.Active {
		return false
	}
	off := *s.Before
	off.Active = false
	return reflect.DeepEqual(off, s.Provider)
}

func (s savedProvider) proposal(codes map[labels.ID]string) changes.Proposal {
	row := changes.Row{"name": s.Name, "issuer": s.Issuer, "client_id": s.ClientID, "client_secret_sealed": changes.Bytes(s.Sealed),
		"domains": s.Domains, "active": s.Active}
	domains, viewed := s.Provider.Domains, any(words.Of("change.none"))
	if len(s.Newcomers) > 0 {
		view := []string{}
		for _, label := range s.Newcomers {
			view = append(view, codes[label])
		}
		viewed = view
	}
	p := changes.Proposal{
		Kind: changeProvider, Subject: "identity_providers:" + s.Name, Payload: s,
		Rows: []changes.Row{changes.Insert("identity_providers", row)},
		What: words.Of("change.provider_add", "name", s.Name, "issuer", s.Issuer, "client", s.ClientID, "domains", domains,
			"newcomers", viewed),
	}
	if s.Before != nil {
		row["id"] = s.ID
		p.Subject, p.Rows[0] = fmt.Sprintf("identity_providers:%d", s.ID), changes.Update("identity_providers", row)
		p.What = words.Of("change.provider_change", "before", s.Before.Name, "name", s.Name, "issuer", s.Issuer, "client", s.ClientID,
			"domains", domains, "newcomers", viewed)
	}
	for _, label := range s.Newcomers {
		if s.Before == nil || !slices.Contains(s.Before.Newcomers, label) {
			p.Rows = append(p.Rows, changes.Insert("identity_provider_labels", changes.Row{"label_id": label}))
		}
	}
	return p
}
