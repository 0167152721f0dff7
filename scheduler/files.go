package scheduler

import (
	"context"

	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/attachments"
)

// checkFiles: the approval policy takes the files that go with the mail, and they are harmless.
func (p *Preflight) checkFiles(ctx context.Context, label labels.ID, content *mailings.Content) error {
	policy, err := p.approval.Policies.For(ctx, label, content.Advertisers())
	if err != nil {
		return err
	}
	if err := policy.TakesFiles(content.Attachments); err != nil {
		return err
	}
	return p.mailings.Attachments.Verify(ctx, content.Attachments)
}

// From how many bytes on for how many members files are worth a word.
const (
	heavyMail    = 100 << 10
	manyMembers  = 10_000
	roundMembers = 1_000 // how the word counts them, which tells of no member
)

// heavy tells what files come to that go to many members, or nothing.
func heavy(content *mailings.Content, audience int) words.Message {
	size := 0
	for _, f := range content.Attachments {
		size += attachments.Encoded(f.Size)
	}
	if size <= heavyMail || audience < manyMembers {
		return words.Message{}
	}
	members := audience - audience%roundMembers
	return words.Of("scheduler.heavy", "kb", size/1000, "members", members, "gb", (size/1000*members+500_000)/1_000_000)
}
