package accounts

import (
	"slices"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
)

// TestWhoComesIn: what somebody may not see isn't there for them, and who sees it is
// told which role it takes.
func TestWhoComesIn(t *testing.T) {
	t.Parallel()
	nl, de := labels.ID(1), labels.ID(2)
	gone := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	planner := User{Roles: map[labels.ID][]Role{nl: {Planner}}}
	service := User{Roles: map[labels.ID][]Role{nl: {Service}}}
	admin, left := User{Admin: true}, User{Admin: true, DisabledAt: &gone}
	plans, decides, all, admins := Access{Roles: []Role{Planner}}, Access{Roles: []Role{Approver}}, Access{}, Access{Admin: true}
	for name, try := range map[string]struct {
		access Access
		user   User
		label  *labels.ID
		key    string // of what they are told; "": they come in
	}{
		"a planner, to plan":                        {plans, planner, &nl, ""},
		"… under another label":                     {plans, planner, &de, "accounts.not_for_you"},
		"… anywhere":                                {plans, planner, nil, ""},
		"a planner, to decide":                      {decides, planner, &nl, "accounts.role_under_its_label"},
		"… anywhere else":                           {decides, planner, nil, "accounts.role_under_some_label"},
		"a planner, as everybody":                   {all, planner, &nl, ""},
		"… as everybody of another label":           {all, planner, &de, "accounts.not_for_you"},
		"a planner, as an admin":                    {admins, planner, nil, "accounts.admin_only"},
		"service, to plan":                          {plans, service, &nl, "accounts.role_under_its_label"},
		"an admin, to plan":                         {plans, admin, &de, ""},
		"an admin, to decide":                       {decides, admin, &de, "accounts.role_under_its_label"},
		"an admin, to decide anywhere":              {decides, admin, nil, "accounts.role_under_some_label"},
		"an admin":                                  {admins, admin, nil, ""},
		"a disabled one, to plan":                   {plans, left, &nl, "accounts.not_for_you"},
		"nobody, to plan where labels don't matter": {plans, User{}, nil, "accounts.role_under_some_label"},
	} {
		err, key := try.access.Check(try.user, try.label), ""
		if err != nil {
			key = words.OfError(err).Key
		}
		if key != try.key {
			t.Errorf("%s: %q, not %q", name, key, try.key)
		}
	}
	for name, try := range map[string]struct {
		user    User
		sharing []labels.ID
		kind    *fault.Kind
	}{
		"one of the labels is theirs":     {planner, []labels.ID{de, nl}, nil},
		"none is theirs":                  {planner, []labels.ID{de, 3}, new(fault.NotFound)},
		"they see one, but don't plan it": {service, []labels.ID{de, nl, 3}, new(fault.Forbidden)},
		"nobody's yet":                    {planner, nil, nil},
		"nobody's, and no role":           {User{}, nil, new(fault.Forbidden)},
	} {
		if err := plans.CheckAny(try.user, try.sharing); (err == nil) != (try.kind == nil) || try.kind != nil && !fault.Is(err, *try.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (Access{Roles: []Role{Planner, Approver}}).Names(); got != "planner or approver" {
		t.Errorf("the roles are %s", got)
	}
}

// TestWhatIsTold of few members and of money goes by the role.
func TestWhatIsTold(t *testing.T) {
	t.Parallel()
	const nl, de = labels.ID(1), labels.ID(2)
	for role, told := range map[Role][3]bool{ // exact counts, money, money that is finance's
		Planner: {true, true, false}, Approver: {true, true, false}, Viewer: {false, true, false}, Finance: {false, true, true},
		Service: {false, false, false},
	} {
		u := User{Roles: map[labels.ID][]Role{nl: {role}}}
		got := [3]bool{u.CountsExactly(nl), u.SeesMoney(labels.Label{ID: nl}), u.SeesMoney(labels.Label{ID: nl, MoneyHidden: true})}
		if got != told || u.CountsExactly(de) || u.SeesMoney(labels.Label{ID: de}) {
			t.Errorf("%s is told %v", role, got)
		}
	}
	some := User{Roles: map[labels.ID][]Role{7: {Viewer}, de: {Planner}, nl: {Service}}}
	if ids, all := some.Sees(); all || !slices.Equal(ids, []labels.ID{de, 7}) {
		t.Errorf("they see %v", ids)
	}
	if ids, all := (User{Admin: true}).Sees(); !all || ids != nil {
		t.Errorf("an admin sees %v", ids)
	}
	if !some.CanSomewhere(Planner) || some.CanSomewhere(Approver) || !some.Knows(nl) || some.Knows(3) {
		t.Error("what they may do somewhere")
	}
}

// TestAbsencesHaveBounds: one is away from the first moment to before the last, or
// until they are back.
func TestAbsencesHaveBounds(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	d := Deputy{StartsAt: noon, EndsAt: noon.Add(time.Hour)}
	for after, away := range map[time.Duration]bool{-1: false, 0: true, time.Hour - 1: true, time.Hour: false} {
		if d.At(noon.Add(after)) != away {
			t.Errorf("away %s after: %t", after, !away)
		}
	}
	if d.EndedAt = &noon; d.At(noon) {
		t.Error("who is back is away")
	}
	for _, m := range []Methods{{Code: true}, {Passkey: true}, {Password: true}, {Providers: make([]Provider, 1)}} {
		if !m.Any() {
			t.Errorf("%+v is no way", m)
		}
	}
	if (Methods{}).Any() {
		t.Error("there is no way, and yet")
	}
}
