/**
 * The simulated plan catalogue: a representative part of Vultr's, with its real figures, shaped like rows of
 * `GET /v2/plans`. One plan is below the VKE minimum and some are sold nowhere, because the real list has such rows too;
 * one GPU plan lacks the gpu_* counts, as the real row does.
 */
import type { Plan } from './instances.ts';

/** Hours that Vultr counts to a month when it derives hourly prices. */
export const HOURS_A_MONTH = 730;

/** id, vCPUs, memory in MB, disk in GB, traffic in GB a month, US dollars a month. */
type Row = readonly [string, number, number, number, number, number];

/** A row, then GPUs, GPU model, GPU memory in GB, regions. */
type GpuRow = readonly [...Row, number, string, number, readonly string[]];

interface Family {
  readonly type: string;
  readonly diskType: string;
  readonly cpuVendor: string;
  readonly vcpuType: string;
  readonly locations: readonly string[];
  readonly rows: readonly Row[];
}

const EVERYWHERE =
  'ewr ord dfw sea lax atl ams lhr fra sjc syd yto cdg nrt waw mad icn mia sgp sto mex mel bom jnb tlv blr del scl itm man'.split(
    ' ',
  );
const MANY = 'ewr ams lhr sjc icn sgp mel scl'.split(' ');

const FAMILIES: readonly Family[] = [
  {
    type: 'vc2',
    diskType: 'SSD',
    cpuVendor: 'Intel',
    vcpuType: 'thread',
    locations: EVERYWHERE,
    rows: [
      ['vc2-1c-1gb', 1, 1024, 25, 1024, 5],
      ['vc2-1c-2gb', 1, 2048, 55, 2048, 10],
      ['vc2-2c-2gb', 2, 2048, 65, 3072, 15],
      ['vc2-2c-4gb', 2, 4096, 80, 3072, 20],
      ['vc2-4c-8gb', 4, 8192, 160, 4096, 40],
      ['vc2-6c-16gb', 6, 16384, 320, 5120, 80],
      ['vc2-8c-32gb', 8, 32768, 640, 6144, 160],
      ['vc2-16c-64gb', 16, 65536, 1280, 10240, 320],
      ['vc2-24c-96gb', 24, 98304, 1600, 15360, 640],
    ],
  },
  {
    type: 'vc2',
    diskType: 'SSD',
    cpuVendor: 'Intel',
    vcpuType: 'thread',
    locations: ['sao'],
    rows: [['vc2-4c-8gb-sc1', 4, 8192, 160, 4096, 60]],
  },
  {
    type: 'vhf',
    diskType: 'HIGHFREQUENCY',
    cpuVendor: 'Intel',
    vcpuType: 'thread',
    locations: MANY,
    rows: [
      ['vhf-2c-4gb', 2, 4096, 128, 3072, 24],
      ['vhf-3c-8gb', 3, 8192, 256, 4096, 48],
      ['vhf-4c-16gb', 4, 16384, 384, 5120, 96],
      ['vhf-8c-32gb', 8, 32768, 512, 7168, 192],
      ['vhf-16c-58gb', 16, 59392, 1024, 9216, 320],
    ],
  },
  {
    type: 'vhp',
    diskType: 'AMDHIGHPERF',
    cpuVendor: 'AMD',
    vcpuType: 'thread',
    locations: MANY,
    rows: [
      ['vhp-2c-4gb-amd', 2, 4096, 100, 5120, 24],
      ['vhp-4c-8gb-amd', 4, 8192, 180, 6144, 48],
      ['vhp-8c-16gb-amd', 8, 16384, 350, 8192, 96],
    ],
  },
  {
    type: 'voc',
    diskType: 'DEDICATEDOPTIMIZED',
    cpuVendor: 'AMD',
    vcpuType: 'core',
    locations: MANY,
    rows: [
      ['voc-c-2c-4gb-50s-amd', 2, 4096, 50, 5120, 40],
      ['voc-c-4c-8gb-75s-amd', 4, 8192, 75, 6144, 80],
      ['voc-c-8c-16gb-150s-amd', 8, 16384, 150, 7168, 160],
      ['voc-c-16c-32gb-300s-amd', 16, 32768, 300, 8192, 320],
      ['voc-g-2c-8gb-50s-amd', 2, 8192, 50, 5120, 60],
      ['voc-g-4c-16gb-80s-amd', 4, 16384, 80, 6144, 120],
      ['voc-g-8c-32gb-160s-amd', 8, 32768, 160, 7168, 240],
      ['voc-g-32c-128gb-640s-amd', 32, 131072, 640, 10240, 960],
      ['voc-m-2c-16gb-100s-amd', 2, 16384, 100, 6144, 80],
      ['voc-m-16c-128gb-800s-amd', 16, 131072, 800, 9216, 640],
    ],
  },
];

const GPU_ROWS: readonly GpuRow[] = [
  [
    'vcg-a16-2c-8g-2vram',
    2,
    8192,
    50,
    1024,
    43,
    1,
    'NVIDIA_A16',
    2,
    ['ewr', 'ord', 'atl', 'fra', 'sjc', 'nrt', 'sgp', 'blr'],
  ],
  ['vcg-a16-3c-32g-8vram', 3, 32768, 170, 3072, 172, 1, 'NVIDIA_A16', 8, ['sjc', 'sgp', 'blr']],
  ['vcg-a16-6c-64g-16vram', 6, 65536, 350, 6144, 344, 1, 'NVIDIA_A16', 16, ['sjc']],
  ['vcg-a16-12c-128g-32vram', 12, 131072, 700, 8192, 688, 2, 'NVIDIA_A16', 32, ['sjc']],
  ['vcg-a40-6c-30g-12vram', 6, 30720, 550, 6144, 315, 1, 'NVIDIA_A40', 12, ['lax']],
  ['vcg-a40-12c-60g-24vram', 12, 61440, 1110, 10240, 625, 1, 'NVIDIA_A40', 24, []],
  ['vcg-a100-12c-120g-80vram', 12, 122880, 1400, 10240, 1750, 1, 'NVIDIA_A100', 80, ['ewr']],
  ['vcg-l40s-16c-180g-48vram', 16, 184320, 2000, 10240, 1220, 1, 'NVIDIA_L40S', 48, []],
];

/** A dedicated-metal GPU plan: its real row names the brand, but neither the model nor the number of GPUs. */
const UNCOUNTED_GPU_ROW: Row = ['vcg-a40-24c-120g-48vram', 24, 122880, 1400, 16384, 1250];

export const PLANS: readonly Plan[] = [
  ...FAMILIES.flatMap((family) => family.rows.map((row) => planOf(row, family))),
  ...GPU_ROWS.map(gpuPlanOf),
  {
    ...planOf(UNCOUNTED_GPU_ROW, {
      type: 'vdm',
      diskType: 'DEDICATEDMETAL',
      cpuVendor: 'AMD',
      vcpuType: 'thread',
      locations: ['blr'],
    }),
    gpu_brand: 'NVIDIA',
  },
];

/** Plans by id. */
export function plansById(plans: readonly Plan[]): ReadonlyMap<string, Plan> {
  return new Map(plans.map((plan) => [plan.id, plan]));
}

/** GPU plans are sold only to accounts that Vultr has enabled for them; their ids begin so. */
export function isGpuPlan(plan: Plan): boolean {
  return plan.id.startsWith('vcg-');
}

/** What a machine of the plan costs an hour, unrounded: the listed hourly price is rounded and off by up to 4 %. */
export function pricePerHour(plan: Plan): number {
  return plan.monthly_cost / HOURS_A_MONTH;
}

function planOf(row: Row, family: Omit<Family, 'rows'>): Plan {
  const [id, vcpus, ramMb, diskGb, trafficGb, monthlyUsd] = row;
  const hourlyUsd = Math.round((monthlyUsd / HOURS_A_MONTH) * 1000) / 1000;
  return {
    id,
    vcpu_count: vcpus,
    ram: ramMb,
    disk: diskGb,
    disk_type: family.diskType,
    disk_count: 1,
    bandwidth: trafficGb,
    monthly_cost: monthlyUsd,
    hourly_cost: hourlyUsd,
    monthly_cost_preemptible: monthlyUsd,
    hourly_cost_preemptible: hourlyUsd,
    invoice_type: 'monthly',
    type: family.type,
    locations: family.locations,
    location_cost: {},
    cpu_vendor: family.cpuVendor,
    storage_type: 'local_storage',
    vcpu_type: family.vcpuType,
    clusterable: 'no',
    deploy_ondemand: true,
    deploy_preemptible: false,
    gpu_brand: 'none',
  };
}

function gpuPlanOf(row: GpuRow): Plan {
  const [id, vcpus, ramMb, diskGb, trafficGb, monthlyUsd, gpus, model, gpuMemoryGb, locations] = row;
  const family = { type: 'vcg', diskType: 'NVMe', cpuVendor: 'AMD', vcpuType: 'thread', locations };
  return {
    ...planOf([id, vcpus, ramMb, diskGb, trafficGb, monthlyUsd], family),
    gpu_brand: 'NVIDIA',
    gpu_vram_gb: gpuMemoryGb,
    gpu_type: model,
    gpu_count: gpus,
  };
}
