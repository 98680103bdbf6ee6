/** The pools that `simulate` uses when it is given none: common plans of each family that VKE sells, GPUs included. */
export const DEFAULT_POOLS = `
region: blr
pools:
  - { label: standard, plan: vc2-8c-32gb, min: 1, max: 50 }
  - { label: large, plan: vc2-24c-96gb, min: 1, max: 20 }
  - { label: gpu-small, plan: vcg-a16-3c-32g-8vram, min: 1, max: 50 }
  - { label: gpu, plan: vcg-a40-24c-120g-48vram, min: 1, max: 80 }
`;
