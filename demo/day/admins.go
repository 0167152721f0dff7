package day

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keur/accounts"
	"keur/changes"
	"keur/labels"
)

// letAdminsAgree has one admin ask for another approver, which takes a second
// admin: alone it is nobody, and who asked can't confirm it.
func (d *day) letAdminsAgree(ctx context.Context) (string, error) {
	second, err := d.SecondAdmin(ctx)
	if err != nil {
		return "", err
	}
	var asked accounts.User
	stand := fmt.Sprintf("invaller-%d@spaarpad.example", time.Now().UnixNano()) // another one in each demo
	if err := d.Create(ctx, d.Admin, "/users", map[string]any{
		"email": stand, "name": "Invaller", "locale": "nl",
		"roles": map[labels.ID][]accounts.Role{d.Markets[0].Label.ID: {accounts.Approver}},
	}, &asked); err != nil {
		return "", err
	}
	if asked.Change == nil || asked.Change.State != changes.Proposed {
		return "", errors.New("one admin made an approver alone")
	}
	confirm := fmt.Sprintf("/changes/%d/confirm", asked.Change.ID)
	if err := d.refused("confirm a change that one proposed, as admin", d.Create(ctx, d.Admin, confirm, nil, nil)); err != nil {
		return "", err
	}
	var done changes.Request
	if err := d.Create(ctx, second, confirm, nil, &done); err != nil {
		return "", err
	}
	if done.State != changes.Confirmed {
		return "", fmt.Errorf("a change that two admins agree on is %s", done.State)
	}
	return "Beheer asked for another approver, and Directie agreed: it takes two admins", nil
}
