// Package vultr holds Vultr's own Go client against the simulated Vultr API: what that client can do with the real one,
// it has to be able to do here. Run by test/e2e, which serves the API and says where by VULTR_API_URL.
package vultr

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vultr/govultr/v3"
	"golang.org/x/oauth2"
)

const nodeTimeout = 20 * time.Second

func client(t *testing.T, key string) *govultr.Client {
	t.Helper()
	url := os.Getenv("VULTR_API_URL")
	if url == "" {
		t.Skip("VULTR_API_URL says where the simulated API is; test/e2e sets it")
	}
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: key})
	vultr := govultr.NewClient(oauth2.NewClient(context.Background(), source))
	if err := vultr.SetBaseURL(url); err != nil {
		t.Fatal(err)
	}
	return vultr
}

// waitFor looks every tenth of a second until look says true.
func waitFor(t *testing.T, what string, look func() bool) {
	t.Helper()
	deadline := time.Now().Add(nodeTimeout)
	for !look() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", nodeTimeout, what)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestCatalogue(t *testing.T) {
	vultr, ctx := client(t, os.Getenv("VULTR_API_KEY")), context.Background()
	plans, meta, _, err := vultr.Plan.List(ctx, "all", &govultr.ListOptions{PerPage: 10})
	if err != nil || len(plans) != 10 || meta.Links.Next == "" {
		t.Fatalf("a page of ten plans and a cursor: %d plans, %v", len(plans), err)
	}
	more, _, _, err := vultr.Plan.List(ctx, "all", &govultr.ListOptions{PerPage: 10, Cursor: meta.Links.Next})
	if err != nil || len(more) == 0 || more[0].ID == plans[0].ID {
		t.Fatalf("the next page has other plans: %v", err)
	}
	regions, _, _, err := vultr.Region.List(ctx, nil)
	if err != nil || len(regions) == 0 {
		t.Fatalf("regions: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	ctx, cluster := context.Background(), os.Getenv("VULTR_CLUSTER_ID")
	_, _, err := client(t, "a-wrong-key").Kubernetes.GetCluster(ctx, cluster)
	if err == nil || !strings.Contains(err.Error(), "Invalid API token") {
		t.Fatalf("a wrong key is refused in Vultr's words: %v", err)
	}
	vultr := client(t, os.Getenv("VULTR_API_KEY"))
	if _, _, err := vultr.Kubernetes.GetNodePool(ctx, cluster, "00000000-0000-0000-0000-000000000000"); err == nil {
		t.Fatal("a pool that is not there is refused")
	}
}

// TestNodePools lists, creates, resizes and deletes a pool and its nodes.
func TestNodePools(t *testing.T) {
	vultr, ctx := client(t, os.Getenv("VULTR_API_KEY")), context.Background()
	vke, id := vultr.Kubernetes, os.Getenv("VULTR_CLUSTER_ID")
	cluster, _, err := vke.GetCluster(ctx, id)
	if err != nil || cluster.ID != id || len(cluster.NodePools) == 0 {
		t.Fatalf("the cluster and its pools: %+v, %v", cluster, err)
	}

	pool, _, err := vke.CreateNodePool(ctx, id, &govultr.NodePoolReq{
		NodeQuantity: 1, Label: "govultr", Plan: "vc2-2c-4gb", MinNodes: 1, MaxNodes: 5,
		AutoScaler: govultr.BoolToBoolPtr(true), Labels: map[string]string{"team": "blue"},
	})
	if err != nil || pool.Label != "govultr" || pool.Plan != "vc2-2c-4gb" || pool.MaxNodes != 5 || pool.Labels["team"] != "blue" {
		t.Fatalf("the pool that was asked for: %+v, %v", pool, err)
	}
	if _, _, err = vke.UpdateNodePool(ctx, id, pool.ID, &govultr.NodePoolReqUpdate{NodeQuantity: 3}); err != nil {
		t.Fatalf("resizing: %v", err)
	}
	waitFor(t, "three active nodes are listed", func() bool { return len(activeNodes(t, vke, id, pool.ID)) == 3 })

	victim := activeNodes(t, vke, id, pool.ID)[0]
	if err := vke.DeleteNodePoolInstance(ctx, id, pool.ID, victim); err != nil {
		t.Fatalf("deleting a node: %v", err)
	}
	waitFor(t, "the node is gone and the pool is smaller by one", func() bool {
		now, _, err := vke.GetNodePool(ctx, id, pool.ID)
		return err == nil && now.NodeQuantity == 2 && len(now.Nodes) == 2
	})
	pools, meta, _, err := vke.ListNodePools(ctx, id, nil)
	if err != nil || meta.Total != len(pools) {
		t.Fatalf("all pools: %d of %+v, %v", len(pools), meta, err)
	}
	if err := vke.DeleteNodePool(ctx, id, pool.ID); err != nil {
		t.Fatalf("deleting the pool: %v", err)
	}
	if _, _, err := vke.GetNodePool(ctx, id, pool.ID); err == nil {
		t.Fatal("a deleted pool is not there any more")
	}
}

func activeNodes(t *testing.T, vke govultr.KubernetesService, cluster, pool string) []string {
	t.Helper()
	now, _, err := vke.GetNodePool(context.Background(), cluster, pool)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, node := range now.Nodes {
		if node.Status == "active" {
			ids = append(ids, node.ID)
		}
	}
	return ids
}
