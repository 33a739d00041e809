import { describeAwsPlugin } from "./describeAwsPlugin";
import { startMoto } from "./moto";

describeAwsPlugin("moto", startMoto);
