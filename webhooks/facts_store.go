package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"keur/internal/words"
	"keur/labels"
)

// mostItems is of how many mails or engagements one message tells at most.
const mostItems = 500

// fact is what one message says beside its type and moment.
type fact struct {
	data   map[string]any
	events int
}

// postgresInts is a list of numbers for a statement.
func postgresInts(ids []int64) pq.Int64Array { return ids }

// facts returns what is to be said of an event, a page to each message.
func (f *filling) facts(ctx context.Context, e noted) ([]fact, error) {
	switch e.Type {
	case DeliveryRecorded:
		return f.deliveries(ctx, e)
	case EngagementRecorded, EngagementCorrected:
		return f.engagements(ctx, e)
	}
	var data map[string]any
	read := json.NewDecoder(bytes.NewReader(e.Data))
	read.UseNumber()
	if err := read.Decode(&data); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	if reason, held := data["held_reason"]; held {
		said, err := messageOf(reason)
		if err != nil {
			return nil, err
		}
		data["held_reason"] = said
	}
	if e.Type == SendFinished {
		if err := f.outcomes(ctx, data); err != nil {
			return nil, err
		}
	}
	return []fact{{data, 1}}, nil
}

// reason is why a send is held: a key for programs and the words, in English; in a
// chat it is said in the label's language.
type reason struct {
	Key  string `json:"key"`
	Text string `json:"text"`
	said words.Message
}

// messageOf reads a message as a column holds it.
func messageOf(stored any) (reason, error) {
	text, err := json.Marshal(stored)
	if err != nil {
		return reason{}, fmt.Errorf("read why it is held: %w", err)
	}
	var m words.Message
	if err := m.Scan(text); err != nil {
		return reason{}, fmt.Errorf("read why it is held: %w", err)
	}
	return reason{m.Key, m.String(), m}, nil
}

// outcomes adds to a finished send how many mails came to what.
func (f *filling) outcomes(ctx context.Context, data map[string]any) error {
	var counted []struct {
		Measure string `db:"measure"`
		N       int64  `db:"n"`
	}
	if err := f.tx.SelectContext(ctx, &counted, `
		SELECT measure, sum(n)::bigint AS n FROM outcomes
		 WHERE send_id = $1 AND measure IN ('sent', 'bounced', 'failed', 'lapsed', 'skipped') GROUP BY 1 HAVING sum(n) > 0`,
		data["send_id"]); err != nil {
		return fmt.Errorf("count outcomes: %w", err)
	}
	sums := map[string]int64{}
	for _, c := range counted {
		sums[c.Measure] = c.N
	}
	data["outcomes"] = sums
	return nil
}

// batch is where a send's deliveries are that an event is about.
type batch struct {
	Send  int64  `json:"send_id"`
	Month string `json:"month"`
	Part  int    `json:"part"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
}

// deliveryItem is what became of one mail.
type deliveryItem struct {
	Member   int64      `db:"member_id" json:"member_id"`
	Key      *string    `db:"member_key" json:"member_key"`
	State    string     `db:"state" json:"state"`
	Reason   *string    `db:"reason" json:"reason,omitempty"`
	Reply    *int       `db:"reply_code" json:"reply_code,omitempty"`
	Attempts int        `db:"attempts" json:"attempts"`
	At       *time.Time `db:"at" json:"at,omitempty"`
}

func (f *filling) deliveries(ctx context.Context, e noted) ([]fact, error) {
	var of batch
	if err := json.Unmarshal(e.Data, &of); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	var items []deliveryItem
	// By the primary key; the lateral looks up one membership each.
	if err := f.tx.SelectContext(ctx, &items, `
		SELECT d.member_id, p.member_key, d.state, d.reason, d.reply_code, d.attempts, coalesce(d.sent_at, d.changed_at) AS at
		  FROM deliveries d
		  LEFT JOIN LATERAL (SELECT member_key FROM memberships WHERE label_id = $6 AND member_id = d.member_id LIMIT 1) p ON true
		 WHERE d.send_month = $1 AND d.send_id = $2 AND d.member_id BETWEEN $3 AND $4 AND d.part = $5
		   AND d.state IN ('sent', 'bounced', 'failed', 'lapsed', 'in_doubt')
		 ORDER BY d.member_id`, of.Month, of.Send, of.First, of.Last, of.Part, e.Label); err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return paged(of.Send, items), nil
}

// engagementItem is what one member did, or a machine in their name.
type engagementItem struct {
	ID      int64   `json:"id"`
	Member  *int64  `json:"member_id"` // null: they don't consent to be remembered by it
	Key     *string `json:"member_key"`
	Kind    string  `json:"kind"`
	Machine bool    `json:"machine"`
	Link    int64   `json:"link_id,omitempty"`
	At      string  `json:"at"`
}

func (f *filling) engagements(ctx context.Context, e noted) ([]fact, error) {
	var of struct {
		Send  int64            `json:"send_id"`
		Items []engagementItem `json:"items"`
	}
	if err := json.Unmarshal(e.Data, &of); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	var members []int64
	for _, item := range of.Items {
		if item.Member != nil {
			members = append(members, *item.Member)
		}
	}
	keys, err := f.keys(ctx, e.Label, members)
	if err != nil {
		return nil, err
	}
	for i, item := range of.Items {
		if item.Member != nil {
			of.Items[i].Key = keys[*item.Member]
		}
	}
	return paged(of.Send, of.Items), nil
}

// keys returns what the publisher calls members by.
func (f *filling) keys(ctx context.Context, label *labels.ID, members []int64) (map[int64]*string, error) {
	var found []struct {
		Member int64   `db:"member_id"`
		Key    *string `db:"member_key"`
	}
	if err := f.tx.SelectContext(ctx, &found, `
		SELECT member_id, member_key FROM memberships WHERE label_id = $1 AND member_id = ANY ($2) AND member_key IS NOT NULL`,
		label, pq.Int64Array(members)); err != nil {
		return nil, fmt.Errorf("read keys of members: %w", err)
	}
	keys := make(map[int64]*string, len(found))
	for _, m := range found {
		keys[m.Member] = m.Key
	}
	return keys, nil
}

// paged returns facts of at most mostItems items each; none of none.
func paged[T any](send int64, items []T) []fact {
	var facts []fact
	for page := range slices.Chunk(items, mostItems) {
		facts = append(facts, fact{map[string]any{"send_id": send, "items": page}, len(page)})
	}
	return facts
}
